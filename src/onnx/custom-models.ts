import type { ModelEntry } from './manifest.js'

/** A model that stands in no manifest, in plain data that can cross a thread. */
export interface CustomModel {
  readonly entry: ModelEntry
  /** Absolute folder in which the entry's folder lies. */
  readonly modelsFolder: string
}

/** Models of this thread that stand in no manifest, by their names in lower case. */
const CUSTOM_MODELS = new Map<string, CustomModel>()

/** Models that were added to this thread, in the order in which they were. */
export function customModels(): CustomModel[] {
  return [...CUSTOM_MODELS.values()]
}

export function isCustomModel(name: string): boolean {
  return CUSTOM_MODELS.has(name.toLowerCase())
}

/** Adds models to this thread; one of the same name takes the place of the other. */
export function addCustomModels(models: readonly CustomModel[]): void {
  for (const model of models) CUSTOM_MODELS.set(model.entry.name.toLowerCase(), model)
}

/** Takes a model from this thread; encoders that are open stay so. */
export function removeCustomModel(name: string): void {
  CUSTOM_MODELS.delete(name.toLowerCase())
}
