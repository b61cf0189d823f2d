import type { StatusIcon } from '../../status/index.js'

/** Icons of the studio besides those of states. */
export type IconName =
  | StatusIcon
  | 'plus'
  | 'play'
  | 'play-all'
  | 'play-above'
  | 'trash'
  | 'up'
  | 'down'
  | 'save'
  | 'open'
  | 'menu'
  | 'close'
  | 'help'
  | 'pin'
  | 'panel'
  | 'inspect'
  | 'clear'

/** Lines on a grid of 16 by 16. */
const paths: Readonly<Record<IconName, string>> = {
  circle: 'M8 3.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.2l2 1.3',
  spinner: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5',
  check: 'M3.5 8.5l3 3l6-7',
  cross: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  warning: 'M8 2.5l6 11h-12zM8 6.5v3.2M8 11.6v.1',
  restart: 'M12.8 9.5a5 5 0 1 1-.6-3.9M12.5 2.5v3.3h-3.3',
  pause: 'M5.5 4v8M10.5 4v8',
  stop: 'M4.5 4.5h7v7h-7z',
  power: 'M8 2.5v5M5 4.3a5 5 0 1 0 6 0',
  unplugged: 'M6 2.5v3M10 2.5v3M4.5 5.5h7v2.5a3.5 3.5 0 0 1-7 0zM8 11.5v2M2.5 13.5l11-11',
  ghost:
    'M3.5 13.5v-6a4.5 4.5 0 0 1 9 0v6l-1.5-1.2l-1.5 1.2l-1.5-1.2l-1.5 1.2l-1.5-1.2zM6.2 7.4v.1M9.8 7.4v.1',
  plus: 'M8 3v10M3 8h10',
  play: 'M5 3.5l7 4.5l-7 4.5z',
  'play-all': 'M3 3.5l5.5 4.5l-5.5 4.5zM8.5 3.5l5.5 4.5l-5.5 4.5z',
  'play-above': 'M5 6.5l6 3.5l-6 3.5zM3 3h10',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9',
  up: 'M8 13v-10M4 7l4-4l4 4',
  down: 'M8 3v10M4 9l4 4l4-4',
  save: 'M8 2.5v7.5M4.8 7l3.2 3.2l3.2-3.2M3 13.5h10',
  open: 'M2.5 12.5v-9h4l1.5 2h5.5v7z',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  help: 'M5.8 6.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M8 12v.1',
  pin: 'M6 2.5h4l-.5 4l2 2.5h-7l2-2.5zM8 9v4.5',
  panel: 'M2.5 3h11v10h-11zM10 3v10',
  inspect: 'M1.5 8c3-5.3 10-5.3 13 0c-3 5.3-10 5.3-13 0M8 6a2 2 0 1 0 0 4a2 2 0 1 0 0-4',
  clear: 'M3 13h10M5.5 10.5l-2.3-2.3l5-5l4.3 4.3l-3 3z',
}

/** A picture that says nothing to a screen reader: what it means stands beside it, or in the label of its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={name === 'spinner' ? 'icon spin' : 'icon'} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
