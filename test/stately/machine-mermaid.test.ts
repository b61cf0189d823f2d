import { expect, test } from 'vitest'
import type { StateDefinition } from '../../src/stately/machine-definition.js'
import { machineGraph } from '../../src/stately/machine-graph.js'
import { machineToJson } from '../../src/stately/machine-json.js'
import { machineMermaid, mermaidId, mermaidText } from '../../src/stately/machine-mermaid.js'
import { everythingMachine } from './sample-machines.js'

test('writes states, composites, regions and transitions of a machine', () => {
  const definition = JSON.parse(machineToJson(everythingMachine)) as StateDefinition
  expect(machineMermaid(machineGraph(definition))).toMatchInlineSnapshot(`
    "---
    title: everything
    ---
    stateDiagram-v2
      [*] --> idle
      idle : idle
      idle : entry / remember
      idle : entry / report level(level#58; #34;info#34;)
      idle : exit / forget
      idle : tags#58; quiet, ready
      idle : start / forget
      idle : again (re-enters)
      state "working" as working {
        [*] --> working_loading
        working_loading : loading
        working_loading : invoke#58; load
        working_saved : saved
        working_saved --> [*]
        working_last : H* last
        any_state_of_working : any state
        any_state_of_working : invoke#58; save
        any_state_of_working --> working_last : back
        any_state_of_working --> working_saved : done#58; saver
        working_loading --> working_saved : done#58; load
      }
      state "both" as both {
        state "left" as both_left {
          [*] --> both_left_off
          both_left_off : off
          both_left_on : on
          both_left_off --> both_left_on : flip
          both_left_on --> both_left_off : flip
        }
        --
        state "right" as both_right {
          [*] --> both_right_one
          both_right_one : one
          both_right_two : two
          both_right_one --> both_right_two : next
        }
      }
      stopped : stopped
      stopped --> [*]
      any_state_of_machine : any state
      any_state_of_machine : Holds one of each#58; #60;tags#62;, #34;quotes#34; #38; ampersands, and a sentence that is long enough to wrap.
      any_state_of_machine : notice.* / remember, log #60;it#62; #38; #34;go#34; on
      any_state_of_machine : forbidden (ignored)
      any_state_of_machine --> stopped : stop
      idle --> working : always [and(has work, not(has work))]<br/>start [is below(limit#58; 3)]<br/>start [or(has work, not(has work))]<br/>after patience
      idle --> working : jump (to working.loading)
      idle --> both : start.both (to both.left.on)
      idle --> both : start.both (to both.right.two)
      idle --> stopped : after 500 ms
      working --> both : done
      working --> idle : error#58; saver
      working --> stopped : error#58; load [isFatal] (from working.loading)
      both --> working : back (to working.last)
    "
  `)
})

test('names each state once at most between its borders, so that Mermaid leaves it where it belongs', () => {
  const definition = JSON.parse(machineToJson(everythingMachine)) as StateDefinition
  const outside = machineMermaid(machineGraph(definition))
    .split('\n')
    .filter((line) => /^ {2}\S/.test(line) && line.includes('-->'))
  expect(outside.filter((line) => /(working|both)_\w+/.test(line.replace(/:.*/, '')))).toEqual([])
})

test('avoids words that Mermaid keeps for itself, and its separators in labels', () => {
  expect(mermaidId('end')).toBe('end_')
  expect(mermaidId('up.end')).toBe('up_end')
  expect(mermaidText('done: "a" <b>; #1')).toBe('done#58; #34;a#34; #60;b#62;#59; #35;1')
})

test('a machine without states is one box', () => {
  const text = machineMermaid(machineGraph({ id: 'group', on: { go: { actions: 'run' } } }))
  expect(text).toBe('---\ntitle: group\n---\nstateDiagram-v2\n  machine : group\n  machine : go / run\n')
})
