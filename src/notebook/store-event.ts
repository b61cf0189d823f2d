import type { events } from '@runtimed/schema'

/** An event made by one of the schema's event constructors, ready to be committed. */
export type StoreEvent = ReturnType<(typeof events)[keyof typeof events]>
