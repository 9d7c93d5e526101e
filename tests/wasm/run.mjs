// Runs the program: `node run.mjs descope-wasm.wasm`. It takes nothing of its host.
import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) throw new Error(`it imports ${JSON.stringify(imports)}`);

const { exports } = new WebAssembly.Instance(module);
const status = exports.main(0, 0);
if (status !== 0) throw new Error(`it ends with ${status}`);
console.log("passed, with no imports");
