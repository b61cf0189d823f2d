import { events } from '../events.js'
import { defineMaterializer, finite, operation, toJson, whole } from '../sql-operation.js'

type Recorded = typeof events.agentTransitionsRecorded.schema.Type

/** Transitions of one agent that are kept. */
const kept = 200

const insertTransitions = (agentId: string, transitions: Recorded['transitions']) =>
  operation(
    `insert into agentTransitions (position, agentId, "from", "to", event, cause, epoch, at)
     select (select coalesce(max(position), 0) from agentTransitions) + cast(key as integer) + 1,
       ?1, value ->> 'from', value ->> 'to', value ->> 'event', value ->> 'cause', value ->> 'epoch', value ->> 'at'
     from json_each(?2)`,
    [agentId, toJson(transitions.slice(-kept).map(toRow)) ?? '[]'],
    'agentTransitions',
  )

const toRow = ({ epoch, at, ...transition }: Recorded['transitions'][number]) => ({
  ...transition,
  epoch: whole(epoch),
  at: whole(finite(at)),
})

const deleteOldest = (agentId: string) =>
  operation(
    `delete from agentTransitions where agentId = ?1 and position <=
       (select position from agentTransitions where agentId = ?1 order by position desc limit 1 offset ${kept})`,
    [agentId],
    'agentTransitions',
  )

export const agentTransitionMaterializers = {
  'v1.AgentTransitionsRecorded': defineMaterializer(
    events.agentTransitionsRecorded,
    ({ agentId, transitions }) => [insertTransitions(agentId, transitions), deleteOldest(agentId)],
  ),
}
