import type { Status } from '../../status/index.js'
import { Icon } from './icon.js'

/** A state in words and colour. */
export function StatusBadge({ status, detail }: { status: Status; detail?: string | undefined }) {
  return (
    <span className={`badge tone-${status.tone}`}>
      <Icon name={status.icon} />
      <span>{status.text}</span>
      {detail && <span className="badge-detail">{detail}</span>}
    </span>
  )
}
