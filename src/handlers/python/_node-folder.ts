/** Lets a Python kernel under Node work in a folder of the machine. */
import { resolve, sep } from 'node:path'
import type { PyodideInterface } from 'pyodide'

/** Where a folder is mounted whose own path means something to Pyodide, for example `/tmp`, or is no POSIX path. */
const STAND_IN = '/home/notebook'

/** Mounts `folder` at its own path where that is free, and makes it Python's working directory. */
export function workIn(python: PyodideInterface, folder: string): void {
  const path = resolve(folder)
  const isFree = sep === '/' && !python.FS.analyzePath(path, false).exists
  const place = isFree ? path : STAND_IN
  python.FS.mkdirTree(place)
  python.mountNodeFS(place, path)
  python.FS.chdir(place)
}
