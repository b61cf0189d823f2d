/** Inspection in Node: what a page has, and the local endpoint. */
export * from './browser.js'
export { openInspectionEndpoint, type EndpointOptions, type InspectionEndpoint } from './endpoint.js'
export { recordedFrame } from './recorded-frame.js'
