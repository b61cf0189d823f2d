import type { StatusTone } from '../../status/index.js'
import { Button } from './button.js'
import { Icon } from './icon.js'

/** A sentence above everything, for what concerns the whole page. */
export function Banner(props: { tone: StatusTone; text: string; onDismiss?: () => void }) {
  const { tone, text, onDismiss } = props
  return (
    <div className={`banner tone-${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <Icon name="warning" />
      <span>{text}</span>
      {onDismiss && <Button label="Dismiss" icon="close" isBare onPress={onDismiss} />}
    </div>
  )
}
