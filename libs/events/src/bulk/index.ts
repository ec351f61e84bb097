export { DefaultBulkDoor, type BulkDoorParts, type ProfileShelf } from './bulk-door.ts';
