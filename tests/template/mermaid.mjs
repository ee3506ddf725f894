// Parses the Mermaid diagrams of Markdown files, and prints the type of each, or the error.
import fs from 'node:fs';
import { createRequire } from 'node:module';

// The packages are beside the folder in the first argument.
const require = createRequire(`${process.argv[2]}/package.json`);
const { JSDOM } = require('jsdom');
const { window } = new JSDOM();
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import(require.resolve('mermaid'));

for (const file of process.argv.slice(3)) {
  for (const [, diagram] of fs.readFileSync(file, 'utf8').matchAll(/```mermaid\n(.*?)```/gs)) {
    try {
      console.log(file, (await mermaid.parse(diagram)).diagramType);
    } catch (error) {
      console.log(file, error.message);
      process.exitCode = 1;
    }
  }
}
