import { nameOfRoute } from '../http/route-table.js'
import type { BodySchema, DocumentedRoute, JsonSchema } from './documented-route.js'

const OFFGRID_ERROR: JsonSchema = errorOf({ error: { type: 'string' }, code: { type: 'string' } })
/** The answer to a request that failed, by whose API a path is. */
const ERRORS: Readonly<Record<NonNullable<DocumentedRoute['dialect']>, JsonSchema>> = {
  offgrid: OFFGRID_ERROR,
  openai: errorOf({
    error: errorOf({
      ...{ message: { type: 'string' }, type: { type: 'string' }, param: { type: 'null' }, code: { type: 'string' } },
    }),
  }),
  cohere: errorOf({ message: { type: 'string' } }),
  ollama: errorOf({ error: { type: 'string' } }),
  tei: errorOf({ error: { type: 'string' }, error_type: { type: 'string' } }),
}

/**
 * The OpenAPI document of a service, made of its routes.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openApiDocument(routes: readonly DocumentedRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = nameOfRoute(route).slice(route.method.length + 1)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'offgrid', version, license: { name: 'Apache-2.0' } },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'api-key' },
        xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  }
}

/** A body's fields as a schema; null stands for a field that is not given. */
export function bodyJsonSchema({ properties, required = [], isOpen = false }: BodySchema): JsonSchema {
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    required.includes(name) ? schema : { anyOf: [schema, { type: 'null' }] },
  ])
  return { type: 'object', properties: Object.fromEntries(fields), required, additionalProperties: isOpen }
}

function describeRoute(route: DocumentedRoute): object {
  const { summary, request, answer, access = 'header', dialect = 'offgrid', path } = route
  const params = Array.from(path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g), ([, name]) => name!)
  return {
    ...{ summary, operationId: nameOfRoute(route).replace(/\W+/g, '_').replace(/_$/, ''), tags: [dialect] },
    ...(access !== 'open' && { security: [{ bearer: [] }, { apiKey: [] }, { xApiKey: [] }] }),
    ...(params.length > 0 && {
      parameters: params.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    }),
    ...(request !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: bodyJsonSchema(request) } } },
    }),
    responses: {
      200: {
        description: 'The answer',
        content: typeof answer === 'string' ? { [answer]: {} } : { 'application/json': { schema: answer } },
      },
      default: { description: 'Why not', content: { 'application/json': { schema: ERRORS[dialect] } } },
    },
  }
}

function errorOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties) }
}
