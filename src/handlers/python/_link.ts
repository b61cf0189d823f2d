/** The connection between a session and the kernel in its worker, whatever kind of worker that is. */
import type { HostMessage, KernelMessage } from './protocol.js'

/** Why a worker ended by itself. */
export interface WorkerEnd {
  code: string
  message: string
}

/** A worker that is loading or running a kernel. */
export interface KernelLink {
  /** Memory that the kernel shares; absent where the platform has none. */
  readonly shared?: Int32Array
  post(message: HostMessage): void
  onMessage(listener: (message: KernelMessage) => void): void
  /** The listener may be called more than once, also after `terminate`. */
  onEnd(listener: (end: WorkerEnd) => void): void
  /** Whether the worker may keep the process alive. */
  keepAlive(alive: boolean): void
  /** Ends the worker; resolves when it is gone. */
  terminate(): Promise<void>
}
