import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.AbstractSynchronizedMongoCollection;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DocumentWithPosition;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.ArrayFilters;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A collection in memory whose documents have versions. */
final class Collection extends AbstractSynchronizedMongoCollection<Integer> {
  private final Versions versions;
  private final List<Versions.Slot> slots = new ArrayList<>();
  private final Queue<Integer> free = new ArrayDeque<>();
  /** The positions of which an older version may be seen, or none although there is one: indexes do not know them. */
  final Set<Integer> kept = new TreeSet<>();
  private boolean writing;

  Collection(Versions versions, MongoDatabase database, String name, CollectionOptions options, CursorRegistry cursors) {
    super(database, name, options, cursors);
    this.versions = versions;
  }

  Versions.Slot byId(Object id) {
    Integer position = getIndexes().get(0).getPosition(new Document("_id", id));
    return position == null ? null : slots.get(position);
  }

  Versions.Slot place() {
    Integer position = free.poll();
    if (position == null) slots.add(new Versions.Slot(this, slots.size()));
    Versions.Slot slot = slots.get(position == null ? slots.size() - 1 : position);
    versions.claim(slot);
    return slot;
  }

  /** No transaction sees another version than the head. */
  void settle(Versions.Slot slot) {
    kept.remove(slot.position);
    if (slot.head == null) free.add(slot.position);
  }

  /** What a write finds is claimed as it is taken, and copied, as the superclass changes it in place. */
  @Override
  protected QueryResult queryDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
    QueryResult found = super.queryDocuments(query, orderBy, skip, limit, batchSize, fields);
    if (!writing) return found;
    Iterator<Document> documents = found.iterator();
    return new QueryResult(() -> new Iterator<>() {
      @Override
      public boolean hasNext() {
        return documents.hasNext();
      }

      @Override
      public Document next() {
        Document document = documents.next();
        Versions.Slot slot = byId(document.get("_id"));
        if (slot == null || versions.seen(slot) != document) throw new Versions.Conflict();
        versions.claim(slot);
        return document.clone();
      }
    });
  }

  private <T> T write(Supplier<T> work) {
    writing = true;
    try {
      return work.get();
    } finally {
      writing = false;
    }
  }

  @Override
  public synchronized Document findAndModify(Document query) {
    return write(() -> super.findAndModify(query));
  }

  @Override
  public synchronized int deleteDocuments(Document selector, int limit, Oplog oplog) {
    return write(() -> super.deleteDocuments(selector, limit, oplog));
  }

  @Override
  public synchronized Document updateDocuments(Document selector, Document update, ArrayFilters filters, boolean multi, boolean upsert, Oplog oplog) {
    return write(() -> super.updateDocuments(selector, update, filters, multi, upsert, oplog));
  }

  private Stream<Document> seen(Stream<Versions.Slot> of) {
    return of.map(versions::seen).filter(Objects::nonNull);
  }

  @Override
  protected QueryResult matchDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
    boolean back = isNaturalDescending(orderBy);
    Stream<Versions.Slot> all = back ? IntStream.range(0, slots.size()).mapToObj(i -> slots.get(slots.size() - 1 - i)) : slots.stream();
    return matchDocumentsFromStream(seen(all), query, orderBy, skip, limit, batchSize, fields);
  }

  @Override
  protected QueryResult matchDocuments(Document query, Iterable<Integer> positions, Document orderBy, int skip, int limit, int batchSize, Document fields) {
    Stream<Integer> all = Stream.concat(StreamSupport.stream(positions.spliterator(), false), kept.stream()).distinct();
    return matchDocumentsFromStream(seen(all.map(slots::get)), query, orderBy, skip, limit, batchSize, fields);
  }

  @Override
  public synchronized int count() {
    return (int) seen(slots.stream()).count();
  }

  @Override
  protected Stream<DocumentWithPosition<Integer>> streamAllDocumentsWithPosition() {
    return slots.stream().filter(slot -> slot.head != null).map(slot -> new DocumentWithPosition<>(slot.head, slot.position));
  }

  @Override
  protected Integer addDocumentInternal(Document document) {
    Versions.Slot slot = place();
    slot.head = document;
    return slot.position;
  }

  @Override
  protected void removeDocument(Integer position) {
    slots.get(position).head = null;
  }

  @Override
  protected void handleUpdate(Integer position, Document before, Document after) {
    slots.get(position).head = after;
  }

  @Override
  protected Document getDocument(Integer position) {
    return versions.seen(slots.get(position));
  }

  @Override
  protected boolean tracksDataSize() {
    return false;
  }

  @Override
  protected void updateDataSize(int delta) {}

  @Override
  protected int getDataSize() {
    return slots.stream().filter(slot -> slot.head != null).mapToInt(slot -> sizeOf(slot.head)).sum();
  }

  private static int sizeOf(Document document) {
    ByteBuf encoded = Unpooled.buffer();
    BsonEncoder.encodeDocument(document, encoded);
    int size = encoded.writerIndex();
    encoded.release();
    return size;
  }

  /** Keys of other transactions are neither free nor taken; that of ids serves every query that names one id, also with other conditions. */
  static final class UniqueIndex extends MemoryUniqueIndex {
    private static final String ID = "_id";
    private final Versions versions;
    private final Collection home;
    private final Map<KeyValue, Versions.Slot> freed = new HashMap<>();

    UniqueIndex(Versions versions, Collection home, String name, List<IndexKey> keys, boolean sparse) {
      super(name, keys, sparse);
      this.versions = versions;
      this.home = home;
    }

    private void refuseForeign(Document document) {
      if (!freed.isEmpty() && home.kept.isEmpty()) freed.clear();
      for (KeyValue key : getKeyValues(document)) {
        Integer position = getPosition(key);
        Versions.Slot slot = position == null ? freed.get(key) : home.slots.get(position);
        if (slot != null) versions.refuseForeign(slot);
      }
    }

    @Override
    public synchronized void checkAdd(Document document, MongoCollection<Integer> collection) {
      refuseForeign(document);
      super.checkAdd(document, collection);
    }

    @Override
    public synchronized void checkUpdate(Document before, Document after, MongoCollection<Integer> collection) {
      refuseForeign(after);
      super.checkUpdate(before, after, collection);
    }

    @Override
    protected Integer removeDocument(KeyValue key) {
      Integer position = super.removeDocument(key);
      if (position != null) freed.put(key, home.slots.get(position));
      return position;
    }

    private boolean ofIds() {
      return getKeys().size() == 1 && getKeys().get(0).getKey().equals(ID);
    }

    private Document served(Document query) {
      return ofIds() && query.containsKey(ID) ? new Document(ID, query.get(ID)) : query;
    }

    @Override
    public synchronized boolean canHandle(Document query) {
      return super.canHandle(served(query));
    }

    @Override
    public synchronized Iterable<Integer> getPositions(Document query) {
      return super.getPositions(served(query));
    }
  }
}
