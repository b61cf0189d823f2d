/** Entry of the worker through which all tabs reach the one tab that keeps a notebook's LiveStore. */
import { LeaderRelay, type RelayPort } from './leader-relay.js'

const relay = new LeaderRelay()

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port) relay.connect(port as unknown as RelayPort)
})
