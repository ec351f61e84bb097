import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { type Logger, version } from '@datakeep/kernel';
import { type KeyedApi, serveKeyedApi } from '@datakeep/service-host';
import { storageApiDocument } from './openapi.ts';
import { StorageApiController } from './storage-api.controller.ts';

/** Its `url` is the caller's STORAGE_URL. */
export type StorageApi = KeyedApi;

export interface StorageApiOptions {
  readonly storage: DataStorage;
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

/** A batch of 16 MiB of payloads, and what surrounds them. */
const bodyLimit = 32 * 1024 * 1024;

/** Serves `/storage/v1` over a storage, and its OpenAPI document at `/storage/v1/openapi.json`. */
export function startStorageApi({ storage, ...rest }: StorageApiOptions): Promise<StorageApi> {
  return serveKeyedApi({
    ...rest,
    controllers: [StorageApiController],
    providers: [{ provide: DATA_STORAGE, useValue: storage }],
    bodyLimit,
    document: { path: '/storage/v1/openapi.json', content: storageApiDocument(version) },
  });
}
