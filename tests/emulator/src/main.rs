//! The emulator as a program, for tests in other languages and for trying things out.

use descope_emulator::Emulator;

fn main() {
    let emulator = Emulator::start();
    println!("base URL        {}", emulator.base_url());
    println!("project id      {}", emulator.project_id());
    println!("management key  {}", emulator.management_key());
    println!("Stop it with Ctrl-C.");
    loop {
        std::thread::park();
    }
}
