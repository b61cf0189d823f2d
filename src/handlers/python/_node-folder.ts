/** Lets a Python kernel under Node work with the files of the machine. */
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import type { PyodideInterface } from 'pyodide'

/** Where a folder is mounted that has no path of its own in Pyodide: on Windows, or inside `OWN`. */
const STAND_IN = '/home/notebook'

/** Folders in which Pyodide has something else than the machine. */
const OWN = new Set(['/dev', '/lib', '/proc'])

/** Mode of a folder in which nothing can be created: what is written there would be in memory only, and lost. */
const READ_ONLY = 0o555

/**
 * Makes `folder` Python's working directory, with the files of the machine around it at their own paths, so that what a cell
 * writes reaches the disk wherever it is. Where that cannot be, writing fails.
 */
export function workIn(python: PyodideInterface, folder: string): void {
  const path = resolve(folder)
  const place = sep === '/' && !isOwn(path) ? path : STAND_IN
  if (place === STAND_IN) mount(python, STAND_IN, path)
  if (sep === '/') graft(python, '/')
  else mount(python, '/tmp', tmpdir())
  for (const own of ['/dev', '/home/pyodide', '/lib']) close(python, own)
  for (const own of ['/proc', '/proc/self']) python.FS.chmod(own, READ_ONLY)
  python.FS.chdir(place)
}

/** Mounts what is in a folder of the machine; where Pyodide has files of its own, goes into them. */
function graft(python: PyodideInterface, folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (OWN.has(path) || !isFolder(path)) continue
    if (isEmpty(python, path)) mount(python, path, path)
    else graft(python, path)
  }
  python.FS.chmod(folder, READ_ONLY)
}

/** Lets nothing be created in a folder of Pyodide's, and in those below it. */
function close(python: PyodideInterface, folder: string): void {
  for (const name of python.FS.readdir(folder).filter((found: string) => found !== '.' && found !== '..')) {
    const path = join(folder, name)
    const { mode } = python.FS.lstat(path)
    if (python.FS.isDir(mode)) close(python, path)
  }
  python.FS.chmod(folder, READ_ONLY)
}

function mount(python: PyodideInterface, place: string, path: string): void {
  python.FS.mkdirTree(place)
  python.mountNodeFS(place, realpathSync(path))
}

const isOwn = (path: string) => [...OWN].some((own) => path === own || path.startsWith(`${own}/`))

const isEmpty = ({ FS }: PyodideInterface, path: string) =>
  !FS.analyzePath(path, false).exists || FS.readdir(path).length === 2

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
