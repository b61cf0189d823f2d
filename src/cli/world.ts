/** The surroundings of a command. */
export interface World {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: NodeJS.ProcessEnv
}

/** The same surroundings for a command whose standard output is taken by a file: what it says goes to standard error. */
export function sayingOnStderr({ stdin, stderr, env }: World): World {
  return { stdin, stdout: stderr, stderr, env }
}

/** How this program is called in advice: `npm start --` when npm started it, else the name of its bin. */
export function programName(env: NodeJS.ProcessEnv): string {
  return env['npm_lifecycle_event'] === 'start' ? 'npm start --' : 'runtime-agent-registry'
}

/** The folder that paths of the command line are meant from: npm starts a script in the package's folder, wherever it is called. */
export function askedFrom(env: NodeJS.ProcessEnv): string | undefined {
  const isOurScript =
    env['npm_lifecycle_event'] === 'start' && env['npm_package_name'] === 'runtime-agent-registry'
  return isOurScript ? env['INIT_CWD'] : undefined
}

/** A path or word as it can be pasted into a shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
