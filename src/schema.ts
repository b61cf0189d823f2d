/** The notebook's events, tables and schema, for who opens stores, commits requests and queries rows. */
export * from '@runtimed/schema'
