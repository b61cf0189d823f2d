import { useEffect, useState } from 'react'
import '../../chart/state-chart.css'
import { createInspection, leanStream } from '../../inspection/browser.js'
import { recordedFrame } from '../../inspection/recorded-frame.js'
import { Recording } from '../../viewer/recording.js'
import { Viewer } from '../../viewer/viewer.js'
import '../../viewer/viewer.css'
import { Button } from '../parts/button.js'
import type { Workspace } from '../workspace/workspace.js'
import { Splitter } from './splitter.js'

/** Props of {@link Inspector}. */
export interface InspectorProps {
  readonly workspace: Workspace
  /** Id of the notebook whose agent is shown until another actor is chosen. */
  readonly notebookId: string | undefined
}

/** Parts of the stage that the inspector takes, in percent: at first, and when it fills the page. */
const shares = { docked: 48, full: 100 } as const

/** Everything that the registry of this tab does, below the notebook; the watching ends when it is taken away. */
export function Inspector({ workspace, notebookId }: InspectorProps) {
  const live = useLiveRecording(workspace)
  const { earlier, readEarlier, leaveEarlier } = useEarlierRuns(workspace, notebookId)
  const [share, setShare] = useState<number>(shares.docked)
  const isFull = share === shares.full
  return (
    <section className="inspector" aria-label="Inspector" style={{ flexBasis: `${share}%` }}>
      <Splitter label="Height of the inspector" share={share} onShare={setShare} />
      <div className="inspector-body">
        <Viewer
          key={earlier ? 'earlier' : 'live'}
          recording={earlier ?? live}
          preferred={`agent:${notebookId}`}
        >
          <Button
            label={earlier ? 'Show live' : 'Earlier runs'}
            onPress={earlier ? leaveEarlier : readEarlier}
          />
          <Button
            label={isFull ? 'Show the notebook' : 'Fill the page'}
            onPress={() => setShare(isFull ? shares.docked : shares.full)}
          />
          <Button label="Stop" icon="close" onPress={() => workspace.inspector.turn(false)} />
        </Viewer>
      </div>
    </section>
  )
}

function useLiveRecording(workspace: Workspace): Recording {
  const { registry } = workspace
  const [recording] = useState(() => new Recording(titlesOf(workspace)))
  useEffect(() => {
    const inspection = createInspection({ target: leanStream((frame) => recording.apply(frame)) })
    inspection.watch(registry.actorRef)
    recording.setConnection('live')
    return () => inspection.stop()
  }, [recording, registry])
  return recording
}

/** What the store of the notebook has recorded, as it was when it was asked for. */
function useEarlierRuns(workspace: Workspace, notebookId: string | undefined) {
  const [read, setRead] = useState<{ readonly of: string; readonly recording: Recording }>()
  const readEarlier = () => {
    if (notebookId === undefined) return
    void workspace.open(notebookId).then(({ store }) => {
      const recording = new Recording(titlesOf(workspace))
      recording.apply(recordedFrame(store))
      setRead({ of: notebookId, recording })
    })
  }
  return {
    earlier: read?.of === notebookId ? read?.recording : undefined,
    readEarlier,
    leaveEarlier: () => setRead(undefined),
  }
}

/** Agents are called what their notebooks are called. */
const titlesOf =
  ({ catalog }: Workspace) =>
  (name: string): string | undefined =>
    catalog.getSnapshot().find(({ id }) => name === `agent:${id}`)?.title
