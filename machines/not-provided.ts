import { fromCallback, fromPromise, type EventObject } from 'xstate'

const missing = (name: string) =>
  new Error(`The actor '${name}' is not provided. Pass it with machine.provide({ actors: { ${name} } }).`)

/** Stands where a promise actor must be provided; running it says which one was forgotten. */
export const promiseNotProvided = <Output, Input>(name: string) =>
  fromPromise<Output, Input>(() => Promise.reject(missing(name)))

/** Stands where a callback actor must be provided; running it says which one was forgotten. */
export const callbackNotProvided = <Event extends EventObject, Input>(name: string) =>
  fromCallback<Event, Input>(() => {
    throw missing(name)
  })
