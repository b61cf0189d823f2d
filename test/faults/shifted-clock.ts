/**
 * Replaces the wall clock of this process by one that can be set. To be imported before anything that reads the time. Timers and
 * `performance.now()` go on unchanged, as they do when the clock of a machine is set.
 */
const systemDate = Date
let offsetMs = 0

const now = () => systemDate.now() + offsetMs

globalThis.Date = new Proxy(systemDate, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  apply: () => new systemDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
})

/** Sets the clock to so many milliseconds after the system's. */
export const setClock = (milliseconds: number) => void (offsetMs = milliseconds)
