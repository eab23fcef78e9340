import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server'
import { toErrorRecord } from '../error-record.js'
import { packageVersion } from '../onnx/models-folders.js'
import type { JsonObject } from '../options.js'
import { TOOLS } from './mcp-tools.js'
import type { PassageSource } from './passage-source.js'

/**
 * A server of the Model Context Protocol for one connection, or one request: agents search and read a store by its tools.
 * @see https://modelcontextprotocol.io/specification
 */
export function createMcpServer(source: PassageSource): McpServer {
  const server = new McpServer(
    { name: 'offgrid', version: packageVersion() },
    { instructions: 'Documents of this machine. Search first; get reads a whole document that search found.' },
  )
  for (const { name, title, description, inputSchema, isReadOnly, run } of TOOLS) {
    server.registerTool(
      name,
      {
        ...{ title, description, inputSchema: fromJsonSchema<JsonObject>(inputSchema) },
        annotations: {
          readOnlyHint: isReadOnly,
          destructiveHint: !isReadOnly,
          idempotentHint: true,
          openWorldHint: false,
        },
      },
      async (input, { mcpReq }) => {
        try {
          const { text, content } = await run(source, input, mcpReq.signal)
          return { content: [{ type: 'text' as const, text }], structuredContent: { ...content } }
        } catch (error) {
          // for the agent, which can do something about it
          const { code, message } = toErrorRecord(error)
          return { content: [{ type: 'text' as const, text: `${message} [${code}]` }], isError: true }
        }
      },
    )
  }
  return server
}
