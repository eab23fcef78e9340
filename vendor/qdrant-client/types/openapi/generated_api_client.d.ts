import { Client } from '../api-client.js';
import { ClientApi } from './generated_client_type.js';
export declare function createClientApi(client: Client): ClientApi;
