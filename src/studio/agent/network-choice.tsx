import { useState } from 'react'
import { MOST_ORIGINS, toOrigin, type NetworkAccess } from '../../handlers/python/network-access.js'
import { useNotebook } from '../notebook-context.js'
import { Button } from '../parts/button.js'
import { readNetwork, writeNetwork } from '../workspace/network-choice.js'

const kinds = ['none', 'these addresses', 'any address'] as const

type Kind = (typeof kinds)[number]

const kindOf = (access: NetworkAccess): Kind =>
  access === 'any' ? 'any address' : access.length === 0 ? 'none' : 'these addresses'

/** What the Python cells of the shown notebook may connect to; a person opens it, for this notebook only. */
export function NetworkChoice() {
  const { notebook } = useNotebook()
  const [access, setAccess] = useState(() => readNetwork(localStorage, notebook.id))
  const [kind, setKind] = useState(() => kindOf(access))
  const allow = (next: NetworkAccess) => {
    writeNetwork(localStorage, notebook.id, next)
    setAccess(next)
  }
  const choose = (next: Kind) => {
    setKind(next)
    allow(next === 'any address' ? 'any' : [])
  }
  return (
    <div className="network" role="group" aria-label="Network of Python cells">
      <label className="choice">
        Network of Python cells
        <select value={kind} onChange={(event) => choose(event.target.value as Kind)}>
          {kinds.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {kind === 'these addresses' && access !== 'any' && <Origins origins={access} onChange={allow} />}
      {kind !== 'none' && <p className="note">Cells can send there whatever this notebook holds.</p>}
      <p className="note">
        Counts from the next start of Python. Kept for this notebook, in this browser only.
      </p>
    </div>
  )
}

interface OriginsProps {
  readonly origins: readonly string[]
  readonly onChange: (origins: readonly string[]) => void
}

function Origins({ origins, onChange }: OriginsProps) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string>()
  const add = () => {
    const origin = toOrigin(text)
    if (origin === undefined) return setProblem(`“${text}” is no address like https://example.org.`)
    if (origins.length === MOST_ORIGINS) return setProblem(`${MOST_ORIGINS} addresses are allowed at most.`)
    setProblem(undefined)
    setText('')
    if (!origins.includes(origin)) onChange([...origins, origin])
  }
  return (
    <>
      {origins.length > 0 && (
        <ul className="origins">
          {origins.map((origin) => (
            <li key={origin}>
              <code>{origin}</code>
              <Button
                label={`Remove ${origin}`}
                icon="cross"
                isBare
                onPress={() => onChange(origins.filter((other) => other !== origin))}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="origin-to-add">
        <input
          aria-label="Address to allow"
          placeholder="https://example.org"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') add()
          }}
        />
        <Button label="Allow" icon="plus" onPress={add} />
      </div>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}
