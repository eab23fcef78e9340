import { components } from './openapi/generated_schema.js';
export interface RestArgs {
    headers: Headers;
    timeout: number;
    connections?: number;
}
export type Schemas = components['schemas'];
