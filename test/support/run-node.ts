import { execFile } from 'node:child_process'
import { expect } from 'vitest'
import { root } from './files-in.js'

/** What a program left behind. */
export interface Run {
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

/** Runs a script of the repository in a Node process of its own, as its command does: in production mode. */
export const runNode = (...words: string[]): Promise<Run> =>
  new Promise((resolve) => {
    const env = { ...process.env, NODE_ENV: 'production' }
    const child = execFile(process.execPath, words, { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ stdout, stderr, status: child.exitCode ?? 1 }),
    )
  })

/** Compiles a folder of the tests that has a tsconfig of its own; fails when it has errors. */
export async function compile(folder: string): Promise<void> {
  expect(await runNode('node_modules/typescript/bin/tsc', '-b', folder)).toMatchObject({
    stdout: '',
    status: 0,
  })
}
