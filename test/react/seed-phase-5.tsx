/** The provider and hook of the original design, as an existing app has them; only the import paths are new. */
/* oxlint-disable react/set-state-in-effect -- kept as it was written */

import { createContext, useContext, useEffect, useState } from 'react'
import { RuntimeAgentFactory, useStore } from '../../src/react/index.js'
import type { RuntimeAgent, RuntimeType, RuntimeTypeConfig } from '../../src/react/index.js'

interface RuntimeAgentContextValue {
  factory: RuntimeAgentFactory | null
  getAgent: (notebookId: string, runtimeType: RuntimeType) => Promise<RuntimeAgent>
  availableTypes: RuntimeTypeConfig[]
}

const RuntimeAgentContext = createContext<RuntimeAgentContextValue | null>(null)

export function RuntimeAgentProvider({
  children,
  userId,
  authToken,
}: {
  children: React.ReactNode
  userId: string
  authToken: string
}) {
  const { store } = useStore()
  const [factory, setFactory] = useState<RuntimeAgentFactory | null>(null)

  useEffect(() => {
    if (store) {
      const newFactory = new RuntimeAgentFactory(store, userId, authToken)
      setFactory(newFactory)
    }
  }, [store, userId, authToken])

  const contextValue: RuntimeAgentContextValue = {
    factory,
    getAgent: async (notebookId: string, runtimeType: RuntimeType) => {
      if (!factory) throw new Error('Factory not initialized')
      return factory.createRuntimeAgent(notebookId, runtimeType)
    },
    availableTypes: factory?.getRegistry().getAvailableTypes() ?? [],
  }

  return <RuntimeAgentContext.Provider value={contextValue}>{children}</RuntimeAgentContext.Provider>
}

export function useRuntimeAgent(notebookId: string) {
  const context = useContext(RuntimeAgentContext)
  if (!context) throw new Error('useRuntimeAgent must be used within RuntimeAgentProvider')

  const [agent, setAgent] = useState<RuntimeAgent | null>(null)
  const [isStarting, setIsStarting] = useState(false)

  const startAgent = async (runtimeType: RuntimeType) => {
    if (!context.factory) return

    setIsStarting(true)
    try {
      const newAgent = await context.getAgent(notebookId, runtimeType)
      setAgent(newAgent)
    } finally {
      setIsStarting(false)
    }
  }

  const stopAgent = async () => {
    if (agent) {
      await agent.shutdown()
      setAgent(null)
    }
  }

  return {
    agent,
    isStarting,
    availableTypes: context.availableTypes,
    startAgent,
    stopAgent,
  }
}
