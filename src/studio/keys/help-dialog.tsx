import { useEffect, useRef } from 'react'
import { Button } from '../parts/button.js'
import { keyBindings } from './key-bindings.js'

const names: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Mod: 'Ctrl / ⌘',
}

const sections = [
  ['any', 'Always'],
  ['edit', 'In an editor'],
  ['command', 'On a cell'],
] as const

/** The list of keys. */
export function HelpDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen && !dialog.current?.open) dialog.current?.showModal()
    if (!isOpen) dialog.current?.close()
  }, [isOpen])
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      {isOpen && (
        <>
          <div className="help-head">
            <h2 id="help-title">Keys</h2>
            <Button label="Close" icon="close" isBare onPress={onClose} />
          </div>
          <div className="help-columns">
            {sections.map(([mode, title]) => (
              <section key={mode}>
                <h3>{title}</h3>
                <dl>
                  {keyBindings
                    .filter((binding) => binding.mode === mode)
                    .map(({ keys, text }) => (
                      <div key={keys.join()}>
                        <dt>
                          {keys.map((key, index) => (
                            <kbd key={index}>{nameOf(key)}</kbd>
                          ))}
                        </dt>
                        <dd>{text}</dd>
                      </div>
                    ))}
                </dl>
              </section>
            ))}
          </div>
        </>
      )}
    </dialog>
  )
}

function nameOf(key: string): string {
  const parts = key.split('+').map((part) => names[part] ?? part)
  return parts.map((part) => (part.length === 1 ? part.toUpperCase() : part)).join(' + ')
}
