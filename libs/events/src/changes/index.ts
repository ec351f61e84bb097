export { changeJson, DefaultChangeDoor, type ChangeDoorParts } from './change-door.ts';
