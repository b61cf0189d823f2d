/** The connection between a session and the kernel in its worker, whatever kind of worker that is. */
import type { HostMessage, KernelMessage } from './protocol.js'

/** Why a worker ended by itself. */
export interface WorkerEnd {
  code: string
  message: string
}

/** A worker that is loading or running a kernel. */
export interface KernelLink {
  post(message: HostMessage): void
  /** Interrupts the execution `target`, for the `number`th time in this life; where no memory can be shared, only while it awaits. */
  interrupt(number: number, target: number): void
  /** Tells the kernel that the output with this `sent`, and all before it, is recorded. */
  recorded(sent: number): void
  onMessage(listener: (message: KernelMessage) => void): void
  /** The listener may be called more than once, also after `terminate`. */
  onEnd(listener: (end: WorkerEnd) => void): void
  /** Whether the worker may keep the process alive. */
  keepAlive(alive: boolean): void
  /** Ends the worker; resolves when it is gone. */
  terminate(): Promise<void>
}
