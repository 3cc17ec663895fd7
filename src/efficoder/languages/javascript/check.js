'use strict';
// Makes the file `program` of `solution.js`, which is read and never run. Its first line is ours.
const fs = require('fs'), vm = require('vm');
const file = fs.readFileSync('solution.js', 'utf8'), cut = file.indexOf('\n') + 1;
const settings = JSON.parse(file.slice(0, cut)), text = file.slice(cut).replace(/^#!/, '//');
const tried = make => { try { make(); return null; } catch (error) { return error; } };
const lineOffset = -settings.above, filename = 'solution.js';
const failed = tried(() => vm.compileFunction(text, ['exports', 'require', 'module', '__filename', '__dirname'], { filename, lineOffset }));
settings.module = failed !== null && settings.codecs === undefined && tried(() => new vm.SourceTextModule(text)) === null;
if (failed !== null && !settings.module) {
  const [place] = /solution\.js:\d+/.exec(failed.stack) ?? ['solution.js'];
  console.log(`${place}: error: ${failed.message}`);
  process.exit(1);
}
fs.writeFileSync('program', `${JSON.stringify(settings)}\n${text}`);
