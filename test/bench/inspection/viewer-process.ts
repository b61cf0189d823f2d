import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A viewer in a process of its own. */
export interface ViewerProcess {
  stop(): void
}

/** Starts a viewer that reads all it is sent, or that stalls after its first message. Resolves when it has that message. */
export async function startViewer(url: string, mode: 'read' | 'stall'): Promise<ViewerProcess> {
  const program = fileURLToPath(new URL('./viewer.js', import.meta.url))
  const child = spawn(process.execPath, [program, url, mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return { stop: () => void child.kill() }
}
