import config, { walks } from './vitest.config.js'

export default { ...config, test: { ...config.test, include: [walks], exclude: [] } }
