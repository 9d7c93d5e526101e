//! An emulator, and the program run against it.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use descope_emulator::{Builder, Emulator, Key};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const ACCESS_KEY: &str = "K2-the-cleartext-of-the-test";

/// An emulator and a folder of its own.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) folder: TempDir,
}

impl World {
    /// A project with one key, `K2ci`, whose cleartext is [`ACCESS_KEY`].
    pub(crate) fn new() -> Self {
        Self::with(Emulator::builder())
    }

    pub(crate) fn with(builder: Builder) -> Self {
        let key = Key::new("ci").with_id("K2ci").with_cleartext(ACCESS_KEY);
        let key = key.tenant_roles("acme", ["deployer"]).claim("team", "build");
        let builder = builder.management_key("K2-the-management-key-of-the-test");
        let emulator =
            builder.role("deployer", ["deploy"]).tenant("acme", "Acme Inc.").key(key).start();
        Self { emulator, folder: tempfile::tempdir().unwrap() }
    }

    /// The program with these arguments, in an environment that holds this project's settings and
    /// nothing else.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run<'_> {
        let run = Run { emulator: Some(&self.emulator), ..Run::bare(arguments) };
        run.env("DESCOPE_BASE_URL", self.emulator.base_url())
            .env("DESCOPE_PROJECT_ID", self.emulator.project_id())
            .env("DESCOPE_MANAGEMENT_KEY", self.emulator.management_key())
            .env("XDG_CACHE_HOME", self.folder.path())
    }

    pub(crate) fn key(&self, id: &str) -> Key {
        self.emulator.key(id).expect("the key is there")
    }

    /// Writes a file into the world's folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The program, about to be run.
pub(crate) struct Run<'a> {
    command: Command,
    stdin: String,
    stdout: Stdio,
    stderr: Stdio,
    emulator: Option<&'a Emulator>,
}

impl Run<'_> {
    /// Without any environment.
    pub(crate) fn bare(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_descope-keys"));
        command.args(arguments).env_clear();
        Self {
            command,
            stdin: String::new(),
            stdout: Stdio::piped(),
            stderr: Stdio::piped(),
            emulator: None,
        }
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arg(argument.into());
        self
    }

    pub(crate) fn stdin(mut self, text: impl Into<String>) -> Self {
        self.stdin = text.into();
        self
    }

    pub(crate) fn with_access_key(self) -> Self {
        self.env("DESCOPE_ACCESS_KEY", ACCESS_KEY)
    }

    pub(crate) fn stdout(self, stdout: impl Into<Stdio>) -> Self {
        Self { stdout: stdout.into(), ..self }
    }

    pub(crate) fn stderr(self, stderr: impl Into<Stdio>) -> Self {
        Self { stderr: stderr.into(), ..self }
    }

    /// Lets a shell start it, with `{}` for the program: `exec {} >&-`.
    #[cfg(unix)]
    pub(crate) fn by_shell(self, script: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.env_clear().args(["-c", &script.replace("{}", r#""$0" "$@""#)]);
        command.arg(self.command.get_program()).args(self.command.get_args());
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Self { command, ..self }
    }

    /// Runs it to its end. No secret ever shows on standard error.
    pub(crate) fn end(mut self) -> Ended {
        self.command.stdin(Stdio::piped()).stdout(self.stdout).stderr(self.stderr);
        let mut child = self.command.spawn().expect("the program starts");
        let (mut pipe, text) = (child.stdin.take().unwrap(), self.stdin);
        // It may end without reading.
        let writer = thread::spawn(move || drop(pipe.write_all(text.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let ended = Ended::new(output);
        // The old ones, and those that came into being.
        let mut secrets = vec![ACCESS_KEY.to_owned(), "eyJ".to_owned()];
        if let Some(emulator) = self.emulator {
            secrets.push(emulator.management_key().to_owned());
            secrets.extend(emulator.keys().iter().map(|key| key.cleartext().to_owned()));
        }
        for secret in secrets {
            assert!(
                !ended.stderr.contains(&secret),
                "a secret on standard error: {}",
                ended.stderr
            );
        }
        ended
    }

    /// Runs it on a terminal of this width, where the standard input is typed. What it shows is all
    /// on standard output.
    #[cfg(unix)]
    pub(crate) fn on_terminal(mut self, columns: u16) -> Ended {
        use std::os::unix::ffi::OsStrExt;

        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        use rustix::termios::{Winsize, tcsetwinsize};

        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&near, size).unwrap();
        let path = ptsname(&near, Vec::new()).unwrap();
        let far = || {
            let path = std::ffi::OsStr::from_bytes(path.to_bytes());
            fs::File::options().read(true).write(true).open(path).unwrap()
        };
        self.command.stdin(far()).stdout(far()).stderr(far());
        if !self.command.get_envs().any(|(name, _)| name == "TERM") {
            self.command.env("TERM", "dumb");
        }
        let mut near = fs::File::from(near);
        near.write_all(self.stdin.as_bytes()).unwrap();
        let mut child = self.command.spawn().expect("the program starts");
        // This side's handles of the far end: once the program's are closed too, reading ends.
        drop(self.command);
        let mut shown = Vec::new();
        // The end is an error there.
        drop(std::io::Read::read_to_end(&mut near, &mut shown));
        let status = child.wait().unwrap();
        let mut ended = Ended::new(Output { status, stdout: shown, stderr: Vec::new() });
        ended.stdout = ended.stdout.replace("\r\n", "\n");
        ended
    }

    /// Runs it with a standard output that nobody reads.
    pub(crate) fn unread(mut self) -> Ended {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        Ended::new(output)
    }

    /// Starts it, and reads nothing of it.
    pub(crate) fn start(mut self) -> Child {
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.command.spawn().expect("the program starts")
    }

    /// Starts it with nothing on standard input; what it prints is kept.
    #[cfg(unix)]
    pub(crate) fn start_read(mut self) -> Child {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command.spawn().expect("the program starts")
    }

    /// Runs it; it must succeed.
    #[track_caller]
    pub(crate) fn ok(self) -> Ended {
        let ended = self.end();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended
    }

    /// Runs it; it must end with this code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Ended {
        let ended = self.end();
        assert_eq!(ended.code, code, "{}{}", ended.stdout, ended.stderr);
        ended
    }
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output as the one JSON value that it must be.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// Standard output as one line.
    #[track_caller]
    pub(crate) fn line(&self) -> &str {
        let line = self.stdout.strip_suffix('\n').expect("it ends in a newline");
        assert!(!line.contains('\n'), "{line}");
        line
    }
}
