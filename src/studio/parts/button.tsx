import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.js'

/** Props of {@link Button}. */
export interface ButtonProps {
  readonly label: string
  readonly icon?: IconName
  /** Only the icon is shown; the label is read out and stands in the tooltip. */
  readonly isBare?: boolean
  readonly kind?: 'plain' | 'primary' | 'danger'
  /** Why it cannot be used now; it stays focusable, so that everybody can find out. */
  readonly disabledReason?: string | undefined
  readonly isPressed?: boolean
  readonly keys?: string
  readonly onPress: () => void
  readonly children?: ReactNode
}

/** A button that says why when it cannot be used. */
export function Button(props: ButtonProps) {
  const { label, icon, isBare = false, kind = 'plain', disabledReason, isPressed, keys, onPress } = props
  const isOff = disabledReason !== undefined
  const hint = isOff ? `${label}: ${disabledReason}` : keys ? `${label} (${keys})` : label
  return (
    <button
      type="button"
      className={`button ${kind} ${isBare ? 'bare' : ''}`}
      title={isBare || isOff || keys ? hint : undefined}
      aria-label={isBare ? label : undefined}
      aria-disabled={isOff || undefined}
      aria-pressed={isPressed}
      onClick={isOff ? undefined : onPress}
    >
      {icon && <Icon name={icon} />}
      {!isBare && <span>{label}</span>}
      {props.children}
    </button>
  )
}
