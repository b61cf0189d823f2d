#!/usr/bin/env node
import { runCli } from './cli.js'
import { exitCode } from './exit-code.js'
import { fileProblem } from './problem.js'
import { watchOutput } from './watch-output.js'
import { askedFrom } from './world.js'

/** Milliseconds after which a process that should have ended by itself is ended; everything is recorded by then. */
const lastResortMs = 3_000

const output = watchOutput(process.stdout)
process.stderr.on('error', () => undefined)

const folder = askedFrom(process.env)
if (folder !== undefined) process.chdir(folder)

process.exitCode = await runCli(process.argv.slice(2), process)
const lost = await output.failure()
if (lost !== undefined) {
  process.stderr.write(`error: Cannot write to standard output: ${fileProblem(lost)}.\n`)
  if (process.exitCode === exitCode.ok) process.exitCode = exitCode.runtimeFailed
}
setTimeout(() => process.exit(), lastResortMs).unref()
