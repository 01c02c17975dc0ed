#!/usr/bin/env -S node --stack-size=4000
// A CPython of Pyodide (npm install pyodide) that `fuzz.pythons` can ask, for a Python that is not here otherwise: what
// it runs is `-c TEXT` and `-X utf8 -m MODULE`. PYODIDE names pyodide.mjs; a link to this file on the path is named
// python3.14 or whatever it is. The folder it is started in has the same place in there.
import fs from "node:fs";

const { loadPyodide } = await import(process.env.PYODIDE);
const { PYTHONPATH = "", ...env } = process.env; // the folder that it names is there only once it is mounted
const python = await loadPyodide({ env });
const folder = process.cwd();
python.FS.mkdirTree(folder);
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, folder);

function patiently(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code === "EOF") return 0;
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

python.setStdin({ read: (octets) => patiently(() => fs.readSync(0, octets, 0, octets.length, null)) });
python.setStdout({
  write: (octets) => {
    for (let at = 0; at < octets.length; ) at += patiently(() => fs.writeSync(1, octets, at));
    return octets.length;
  },
});
python.globals.set("_given", python.toPy({ folder, path: PYTHONPATH, words: process.argv.slice(2) }));
python.runPython(`
import os, runpy, sys
words, path = _given["words"], _given["path"]
os.chdir(_given["folder"])
sys.path[:0] = [one for one in path.split(":") if one]
if words[:1] == ["-X"]:
    del words[:2]
sys.argv = words[1:]
try:
    if words[0] == "-c":
        exec(words[1], {"__name__": "__main__"})
    else:
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
except SystemExit:
    pass
sys.stdout.flush()
`);
