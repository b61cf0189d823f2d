import { AnsiUp } from 'ansi_up'
import { useMemo } from 'react'

/** Text of a terminal with its colours; `\r` begins the line anew, as a progress bar expects. */
export function AnsiText({ text, label }: { text: string; label: string }) {
  const html = useMemo(() => toHtml(text), [text])
  return (
    <pre
      className="ansi"
      tabIndex={0}
      role="group"
      aria-label={label}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  )
}

/** A link of a text (OSC 8) must not take the studio away. Only the converter writes tags: those of the text are escaped. */
const elsewhere = '<a target="_blank" rel="noopener noreferrer" href='

function toHtml(text: string): string {
  const converter = new AnsiUp()
  converter.use_classes = true
  return converter.ansi_to_html(overwrite(text)).replaceAll('<a href=', elsewhere)
}

const overwrite = (text: string): string =>
  text.includes('\r') ? text.replaceAll('\r\n', '\n').replaceAll(/[^\n]*\r(?=[^\n])/g, '') : text
