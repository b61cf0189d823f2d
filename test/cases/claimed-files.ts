import { homedir } from 'node:os'
import { resolve } from 'node:path'

const text = String.raw`[rbf]*(?:"([^"\n{}]+)"|'([^'\n{}]+)')`

/** Calls that leave a file behind, with its name as a text in the call. */
const writingCalls: readonly RegExp[] = [
  new RegExp(String.raw`\bopen\(\s*${text}\s*,\s*(?:mode\s*=\s*)?["'][rbt]*[wxa+][bt+]*["']`, 'g'),
  new RegExp(String.raw`\bPath\(\s*${text}\s*\)\.(?:write_text|write_bytes|touch|mkdir)\(`, 'g'),
  new RegExp(
    String.raw`\.(?:to_csv|to_json|to_parquet|to_excel|to_pickle|savefig|save|savez)\(\s*${text}`,
    'g',
  ),
  new RegExp(String.raw`\b(?:os\.mkdir|os\.makedirs|sqlite3\.connect)\(\s*${text}`, 'g'),
]

const writingMagic = /^%%(?:writefile|file)\s+(?:-a\s+)?(\S+)/
const removal = /\b(remove|unlink|rmtree|rename|replace|move|chdir|TemporaryDirectory|rm|mv)\b|%cd\b/

/**
 * The files that a cell's source says it writes, as absolute paths. Only names that are written out in the source are found;
 * none are told of a cell that removes or moves files, or changes its folder.
 */
export function claimedFiles(source: string, folder: string): string[] {
  if (removal.test(source)) return []
  const named = writingCalls.flatMap((call) =>
    [...source.matchAll(call)].map(([, doubleQuoted, singleQuoted]) => doubleQuoted ?? singleQuoted ?? ''),
  )
  const magic = writingMagic.exec(source)?.[1]
  const names = magic === undefined ? named : [magic]
  return names.filter(isPlainName).map((name) => resolve(folder, name.replace(/^~(?=\/|$)/, homedir())))
}

/** Names that Python would understand otherwise than the disk are left out. */
const isPlainName = (name: string) => name !== '' && !/^:|\\|^\/(dev|proc|sys)\//.test(name)
