import { jsonAnswer } from '../http/send-answer.js'
import type { ServiceMetrics } from '../service-metrics.js'
import { type DocumentedRoute, objectOf, TEXT } from './documented-route.js'
import { openApiDocument } from './open-api.js'

export type ServiceState = 'starting' | 'ready' | 'closing'

const STATUS = objectOf({ status: TEXT })

/** The state of the service, its figures and, of these and all other routes, the OpenAPI document. */
export function stateRoutes(
  others: readonly DocumentedRoute[],
  { metrics, state, version }: { metrics: ServiceMetrics; state: () => ServiceState; version: string },
): DocumentedRoute[] {
  const ready: Omit<DocumentedRoute, 'path' | 'summary'> = {
    ...{ method: 'GET', access: 'open', answer: STATUS },
    handle: async () => jsonAnswer({ status: state() }, state() === 'ready' ? 200 : 503),
  }
  const routes: DocumentedRoute[] = [
    {
      ...{ method: 'GET', path: '/healthz', access: 'open', answer: STATUS, summary: '200 while the process lives' },
      handle: async () => jsonAnswer({ status: 'ok' }),
    },
    { ...ready, path: '/readyz', summary: '200 once the models are open and until it is told to stop, else 503' },
    { ...ready, path: '/health', summary: 'The same, where text-embeddings-inference, vLLM and Infinity have it' },
    {
      ...{ method: 'GET', path: '/metrics', answer: 'text/plain', summary: 'Figures for Prometheus' },
      handle: () => metrics.answer(),
    },
    {
      ...{ method: 'GET', path: '/openapi.json', access: 'open', answer: { type: 'object' }, summary: 'This document' },
      handle: async () => jsonAnswer(openApiDocument([...others, ...routes], version)),
    },
  ]
  return [...others, ...routes]
}
