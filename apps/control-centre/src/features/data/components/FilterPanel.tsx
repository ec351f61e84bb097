import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Alert, Button, Grid, Group, Paper, Stack, Switch, Text, Title } from '../../../components/ui/mantine.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { queryOf, type BrowserState } from '../browser-state.ts';
import { buildFilter, formOf } from '../filter-json.ts';
import { allConditions, faultOf, type FilterForm } from '../filter-form.ts';
import { eventPage } from '../queries.ts';
import { queryText, readQueryText, type QueryPart } from '../query-text.ts';
import type { Fields } from '../use-fields.ts';
import { conditionErrors } from '../condition-errors.ts';
import { FilterFormFields } from './FilterFormFields.tsx';
import { JsonEditor } from './JsonEditor.tsx';

interface Properties {
  readonly profile: string;
  readonly fields: Fields;
  readonly state: BrowserState;
  readonly onChange: (change: Partial<BrowserState>) => void;
}

/** What is being written: the form and the JSON say the same; where the form cannot say it, there is only the JSON. */
interface Draft {
  readonly form: FilterForm | undefined;
  readonly query: QueryPart;
  readonly text: string;
  readonly fault: string | undefined;
}

function draftOf(profile: string, { filter, sort, columns, size }: QueryPart): Draft {
  const query = { filter, sort, columns, size };
  return { form: formOf(filter), query, text: queryText(profile, query), fault: undefined };
}

/**
 * The selection of events: by a form, or by the query itself. It applies to the table, the chart, the map and the
 * export.
 */
export function FilterPanel({ profile, fields, state, onChange }: Properties) {
  const [draft, setDraft] = useState(() => draftOf(profile, state));
  const [asJson, setAsJson] = useState(draft.form === undefined);
  const [tried, setTried] = useState(false);
  const client = useQueryClient();

  // Back, forward, a click on a column: the address says what holds.
  const applied = queryText(profile, state);
  useEffect(() => {
    // What is in force as the owner wrote it stays as it was written.
    setDraft((before) => (queryText(profile, before.query) === applied ? before : draftOf(profile, state)));
  }, [applied, profile]);

  const apply = useMutation({
    mutationFn: (query: QueryPart) => {
      const columns = query.columns ?? fields.defaultColumns;
      return client.fetchQuery(eventPage(queryOf(profile, { ...state, ...query }, columns), query.size, undefined));
    },
  });

  const setForm = (form: FilterForm): void => {
    const query = { ...draft.query, filter: buildFilter(form).filter };
    setDraft({ form, query, text: queryText(profile, query), fault: undefined });
    apply.reset();
  };
  const setText = (text: string): void => {
    const { query, fault } = readQueryText(text, profile, draft.query);
    setDraft(query ? { form: formOf(query.filter), query, text, fault } : { ...draft, text, fault });
    apply.reset();
  };
  const { form, query, text, fault } = draft;
  const hasFault = fault !== undefined || (form && allConditions(form).some((condition) => faultOf(condition)));
  const isApplied = fault === undefined && queryText(profile, query) === applied;
  const submit = (): void => {
    setTried(true);
    if (hasFault) return;
    apply.mutate(query, {
      // Not called after a reset: what was changed or cleared meanwhile is not overwritten.
      onSuccess: () => {
        setTried(false);
        onChange(query);
      },
    });
  };
  const clear = (): void => {
    setTried(false);
    apply.reset();
    setDraft(draftOf(profile, { ...state, filter: {} }));
    onChange({ filter: {} });
  };

  const formPart =
    form === undefined ? (
      <Alert role="note" color="gray" variant="outline" title="The form cannot say this filter">
        It is used as it is written in the JSON.
      </Alert>
    ) : (
      <FilterFormFields
        form={form}
        fields={fields}
        errors={conditionErrors(form, apply.error, tried)}
        onChange={setForm}
      />
    );

  return (
    <Paper withBorder p="md" component="section" aria-label="Filter">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack gap="sm">
          <Group justify="space-between">
            <Title order={2} size="h5">
              Filter
            </Title>
            <Switch
              label="Show the query as JSON"
              checked={asJson}
              onChange={(event) => setAsJson(event.currentTarget.checked)}
            />
          </Group>
          {asJson ? (
            <Grid>
              <Grid.Col span={{ base: 12, md: 6 }}>{formPart}</Grid.Col>
              <Grid.Col span={{ base: 12, md: 6 }}>
                <JsonEditor
                  label="Query"
                  text={text}
                  onChange={setText}
                  error={apply.error}
                  prefix=""
                  minHeight={160}
                  maxHeight={320}
                />
                {fault !== undefined && (
                  <Text size="sm" c="var(--mantine-color-error)" role="status">
                    {fault}
                  </Text>
                )}
              </Grid.Col>
            </Grid>
          ) : (
            formPart
          )}
          <ProblemAlert error={apply.error} />
          {!(isApplied && isEmpty(query)) && (
            <Group gap="xs">
              <Button type="submit" size="xs" loading={apply.isPending} disabled={isApplied}>
                Show these events
              </Button>
              {!isEmpty(query) && (
                <Button size="xs" variant="default" onClick={clear}>
                  Clear the filter
                </Button>
              )}
              {!isApplied && (
                <Text size="sm" c="dimmed">
                  Not in force yet.
                </Text>
              )}
            </Group>
          )}
        </Stack>
      </form>
    </Paper>
  );
}

function isEmpty({ filter }: QueryPart): boolean {
  return Object.keys(filter).length === 0;
}
