import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { caseLines, summaryLine } from './case-lines.js'
import { readExpectations } from './expectations.js'
import type { CaseVerdict } from './judge-case.js'
import { judgeFolder, notebooksOf } from './judge-folder.js'

const usage = `Usage: npm run cases -- DIR [--only NAME,NAME] [--limit SECONDS] [--timeout SECONDS] [--expect FILE] [--keep DIR] [--json]`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    limit: { type: 'string', default: '120' },
    timeout: { type: 'string' },
    expect: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const [asked, ...others] = positionals
const limitMs = Number(values.limit) * 1000
if (asked === undefined || others.length > 0 || !(limitMs > 0)) refuse(usage)
const folder = resolve(process.env['INIT_CWD'] ?? '.', asked)
if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) refuse(`There is no folder ${asked}.`)
const only = values.only?.split(',').map((name) => name.replace(/(\.ipynb)?$/, '.ipynb'))
if (notebooksOf(folder, only).length === 0) refuse(`There is no such notebook in ${asked}.`)

const verdicts: CaseVerdict[] = []
const judging = judgeFolder(folder, {
  limitMs,
  only,
  keepIn: values.keep,
  words: values.timeout === undefined ? [] : ['--timeout', values.timeout],
  expectations: values.expect === undefined ? {} : readExpectations(values.expect),
})
for await (const verdict of judging) {
  verdicts.push(verdict)
  if (!values.json) for (const line of caseLines(verdict)) console.log(line)
}
const ok = verdicts.every(({ problems }) => problems.length === 0)
console.log(values.json ? JSON.stringify({ ok, notebooks: verdicts }) : summaryLine(verdicts))
process.exit(ok ? 0 : 1)

function refuse(reason: string): never {
  console.error(reason)
  process.exit(2)
}
