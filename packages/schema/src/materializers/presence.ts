import { events } from '../events.js'
import { defineMaterializer, operation, type Operation } from '../sql-operation.js'

/** True for ids under which software, not somebody at a screen, writes events. */
const isInternalActor = (actorId: string): boolean =>
  actorId === 'system' || actorId.startsWith('runtime-') || actorId.endsWith('-rebalance')

/** Records where an actor is. Nothing for internal actors and for an absent actor; an empty cell id means none. */
export const presenceAt = (actorId: string | undefined, cellId: string | undefined): Array<Operation> =>
  actorId === undefined || actorId === '' || isInternalActor(actorId)
    ? []
    : [
        operation(
          'insert or replace into presence (userId, cellId) values (?1, ?2)',
          [actorId, cellId || null],
          'presence',
        ),
      ]

export const presenceMaterializers = {
  'v1.PresenceSet': defineMaterializer(events.presenceSet, ({ userId, cellId }) =>
    presenceAt(userId, cellId),
  ),
}
