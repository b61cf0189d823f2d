import type { events } from '@runtimed/schema'

/** A synced event made by one of the schema's event constructors, ready to be committed. */
export type StoreEvent = ReturnType<(typeof events)[Exclude<keyof typeof events, 'uiStateSet'>]>
