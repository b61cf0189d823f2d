#!/usr/bin/env node
import { runCli } from './cli.js'

/** Milliseconds after which a process that should have ended by itself is ended; everything is recorded by then. */
const lastResortMs = 3_000

/** A reader that has gone away (`… | head`) ends the showing, not the run. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await runCli(process.argv.slice(2), process)
setTimeout(() => process.exit(), lastResortMs).unref()
