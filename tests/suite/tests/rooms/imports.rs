//! Which file of a crate takes from which, as their texts tell it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

/// Texts by their paths beneath `src`.
pub(crate) type Files = BTreeMap<String, String>;

/// The files that each file takes from.
pub(crate) type Arrows<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// A path from the crate's root, by its words.
type Words = Vec<String>;

/// Every file in a folder of this repository and beneath it.
pub(crate) fn files(folder: &str) -> Files {
    fn collect(root: &Path, directory: &Path, into: &mut Files) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, into);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                into.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files = Files::new();
    collect(&root, &root, &mut files);
    files
}

/// What the code of a file names, its tests aside.
#[derive(Default)]
struct Named {
    taken: Vec<Words>,
    /// What others find here though it is elsewhere. It is taken only where the file itself names it.
    handed_on: BTreeMap<String, Words>,
}

impl Named {
    fn read(module: &[&str], text: &str) -> Self {
        let (mut named, mut rest) = (Self::default(), String::new());
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let mut lines = lines.take_while(|line| *line != "mod tests {");
        while let Some(line) = lines.next() {
            let import = line.split_once("use ").map(|(who, tree)| (who.trim(), tree));
            match import {
                Some((who @ ("" | "pub" | "pub(crate)" | "pub(super)"), tree)) => {
                    let mut tree = tree.to_owned();
                    while !tree.ends_with(';') {
                        tree += lines.next().expect("a declaration's end");
                    }
                    for path in leaves(tree.trim_end_matches(';')) {
                        let path = from_root(module, &path);
                        match path.last() {
                            Some(name) if !who.is_empty() => {
                                named.handed_on.insert(name.clone(), path);
                            }
                            _ => named.taken.push(path),
                        }
                    }
                }
                _ => rest += &format!("{line}\n"),
            }
        }
        let words = rest.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':'));
        let paths = words.map(|word| word.trim_matches(':'));
        let paths = paths.filter(|p| p.contains("::") || named.handed_on.contains_key(*p));
        named.taken.extend(paths.map(|path| from_root(module, path)));
        named
    }
}

/// What a tree of imports names: `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn leaves(tree: &str) -> Vec<String> {
    let Some((prefix, branches)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().to_owned()];
    };
    let (branches, _) = branches.rsplit_once('}').expect("its end");
    let mut depth = 0;
    let branches = branches.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let branches = branches.map(str::trim).filter(|branch| !branch.is_empty());
    branches.flat_map(leaves).map(|leaf| format!("{}{leaf}", prefix.trim())).collect()
}

/// A path as the code of a module has it. One that begins otherwise than with `crate`, `super` or `self`
/// is read as the module's own: where it is another crate's, it leads to no other file.
fn from_root(module: &[&str], path: &str) -> Words {
    let mut names = path.split("::").filter(|name| *name != "self").peekable();
    let mut base = module;
    if names.next_if_eq(&"crate").is_some() {
        base = &[];
    }
    while names.next_if_eq(&"super").is_some() {
        base = base.split_last().expect("a module above").1;
    }
    base.iter().copied().chain(names).map(str::to_owned).collect()
}

fn module(file: &str) -> Vec<&str> {
    let name = file.trim_end_matches(".rs");
    name.strip_suffix("/mod").unwrap_or(name).split('/').collect()
}

/// Which file takes from which. What a file hands on is taken from where it is.
pub(crate) fn arrows(files: &Files) -> Arrows<'_> {
    let modules: BTreeMap<_, _> = files
        .iter()
        .map(|(file, text)| (module(file), (file.as_str(), Named::read(&module(file), text))))
        .collect();
    let home = |path: &Words| {
        let mut path = path.clone();
        loop {
            let place = |end: &usize| path[..*end].iter().map(String::as_str).collect::<Vec<_>>();
            let found = |end: &usize| Some((*end, modules.get(&place(end))?));
            let (end, (file, named)) = (1..=path.len()).rev().find_map(|end| found(&end))?;
            match path.get(end).and_then(|name| named.handed_on.get(name)) {
                Some(elsewhere) => path = [elsewhere, &path[end + 1..]].concat(),
                None => return Some(*file),
            }
        }
    };
    let taken = |(file, named): &(&'_ str, Named)| {
        let homes: BTreeSet<_> = named.taken.iter().filter_map(home).collect();
        homes.into_iter().filter(|home| home != file).collect()
    };
    modules.values().map(|entry| (entry.0, taken(entry))).collect()
}

/// The shortest way along the arrows from a file back to it.
pub(crate) fn circle<'a>(arrows: &Arrows<'a>) -> Option<Vec<&'a str>> {
    let from = |start| {
        let (mut seen, mut ways) = (BTreeSet::new(), VecDeque::from([vec![start]]));
        while let Some(way) = ways.pop_front() {
            for target in &arrows[way.last()?] {
                let longer = [&way[..], &[*target]].concat();
                if *target == start {
                    return Some(longer);
                }
                if seen.insert(*target) {
                    ways.push_back(longer);
                }
            }
        }
        None
    };
    arrows.keys().filter_map(|file| from(*file)).min_by_key(Vec::len)
}
