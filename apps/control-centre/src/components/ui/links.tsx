import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Native<Own> = Omit<ComponentPropsWithRef<'a'>, keyof Own> & Own;

/** A link to another page of the Control Centre, with its path and parameters checked against the routes. */
export const TextLink = createLink((properties: Native<AnchorProps>) => <Anchor {...properties} />);

/** The same, looking like a button. */
export const ButtonLink = createLink((properties: Native<ButtonProps>) => <Button component="a" {...properties} />);
