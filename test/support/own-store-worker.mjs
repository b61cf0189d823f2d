import { makeWorker } from '@livestore/adapter-node/worker'
import { schema } from '@runtimed/schema'

makeWorker({ schema })
