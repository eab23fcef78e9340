import './disable-telemetry.js'
import { ModelError } from '../errors.js'
import { loadNativePackage, NATIVE_LIBRARIES } from '../native-package.js'
import { inNativeCode } from './exit-guard.js'

/** onnxruntime-node exports what onnxruntime-common declares. */
export type OnnxRuntime = typeof import('onnxruntime-common')

const { original, version } = NATIVE_LIBRARIES.onnxruntime

let loading: Promise<OnnxRuntime> | null = null

/**
 * ONNX Runtime, loaded when the first model is opened: BM25 and the stores work where it cannot be loaded, and a program that
 * only imports offgrid starts without it.
 * @throws ModelError `RUNTIME_MISSING`
 */
export function loadRuntime(): Promise<OnnxRuntime> {
  loading ??= inNativeCode(async () => loadNativePackage<OnnxRuntime>('onnxruntime')).catch((cause: Error) => {
    loading = null
    throw new ModelError(
      'RUNTIME_MISSING',
      `ONNX Runtime for ${process.platform} ${process.arch} cannot be loaded: ${cause.message}. ${hint(cause)}`,
      { cause },
    )
  })
  return loading
}

/** Version of the ONNX Runtime in use. @throws ModelError `RUNTIME_MISSING` */
export async function runtimeVersion(): Promise<string> {
  const { env } = await loadRuntime()
  return env.versions.node ?? env.versions.common
}

function hint({ code }: NodeJS.ErrnoException): string {
  if (code === 'ERR_DLOPEN_DISABLED') return 'Node runs with --permission: give it --allow-addons too.'
  return (
    'If the program was bundled, leave offgrid out of the bundle (docs/bundlers.md). A package that was made by npm pack runs on the ' +
    `platform that it was made on; elsewhere add the original: npm install --ignore-scripts ${original}@${version}.`
  )
}
