export { DefaultChangeDoor, type ChangeDoorParts } from './change-door.ts';
