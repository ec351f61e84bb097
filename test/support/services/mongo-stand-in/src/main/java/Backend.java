import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.AbstractMongoBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.exception.MongoServerException;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A replica set of one member: sessions, retryable writes, transactions, and `failCommand`, by which MongoDB's own servers fail on demand too. */
final class Backend extends AbstractMongoBackend {
  private static final Set<String> DDL = Set.of("create", "createIndexes", "drop", "dropIndexes", "dropDatabase", "renameCollection");
  private static final List<String> TRANSIENT = List.of("TransientTransactionError");

  private static final class Session {
    long number = -1;
    /** With a retryable write that waits. */
    boolean busy;
    /** Of the retryable write or the committed transaction of that number. */
    Document reply;
    Versions.Transaction transaction;
    long began;
  }

  private final Versions versions = new Versions();
  private final Map<Object, Session> sessions = new HashMap<>();
  private final Random random;
  private final String address;
  private final long lifetimeMs;
  private Journal journal;
  /** The `failCommand` that was set last. */
  private Document failPoint;
  private int failuresLeft;
  private double failureRate;

  Backend(String address, long lifetimeMs, long seed) {
    this.address = address;
    this.lifetimeMs = lifetimeMs;
    this.random = new Random(seed);
  }

  @Override
  protected MongoDatabase openOrCreateDatabase(String name) {
    return new Database(versions, name, getCursorRegistry());
  }

  @Override
  public Document handleCommand(Channel channel, String database, String command, Document query) {
    String name = command.equals("isMaster") || command.equals("ismaster") ? "hello" : command;
    switch (name) {
      case "hello":
        return hello();
      case "endSessions", "killSessions":
        end((List<?>) query.get(name));
        return ok();
      case "refreshSessions":
        return ok();
      case "configureFailPoint":
        return configure(query);
      default:
    }
    Document failure = failure(name);
    if (failure != null && failure.containsKey("blockTimeMS")) sleep(((Number) failure.get("blockTimeMS")).longValue());
    boolean after = failure != null && (failure.containsKey("writeConcernError") || Boolean.TRUE.equals(failure.get("afterCommand")));
    Document failed = failure == null ? null : failed(channel, failure);
    if (failed != null && !after) return failed;
    Document reply;
    long[] written = {0};
    synchronized (versions) {
      try {
        reply = handle(channel, database, name, query, written);
      } catch (MongoServerError e) {
        reply = error(e.getCode(), e.getCodeName(), e.getMessageWithoutErrorCode(), List.of());
      }
    }
    if (journal != null) journal.await(written[0]);
    if (failure != null && failure.containsKey("writeConcernError")) reply = reply.clone().append("writeConcernError", failure.get("writeConcernError"));
    return failed != null ? failed : reply;
  }

  private Document handle(Channel channel, String database, String command, Document query, long[] written) {
    Document lsid = (Document) query.get("lsid");
    Object number = query.get("txnNumber");
    if (lsid == null || number == null) return alone(channel, database, command, query, new Document(), written);
    Session session = sessions.computeIfAbsent(lsid.get("id"), id -> new Session());
    long given = ((Number) number).longValue();
    if (given < session.number) return error(225, "TransactionTooOld", "Cannot start with a transaction number that is older than " + session.number, List.of());
    while (session.busy) pause(Long.MAX_VALUE);
    boolean first = given > session.number;
    if (first) {
      if (session.transaction != null) abort(session);
      session.number = given;
      session.reply = null;
    }
    Document mark = new Document("lsid", lsid.get("id")).append("txnNumber", given);
    if (!Boolean.FALSE.equals(query.get("autocommit"))) {
      if (session.reply != null) return session.reply;
      session.busy = true;
      try {
        return session.reply = alone(channel, database, command, query, mark, written);
      } finally {
        session.busy = false;
        versions.notifyAll();
      }
    }
    if (command.equals("commitTransaction")) {
      if (session.transaction != null) {
        written[0] = commit(session.transaction, mark.append("reply", ok()));
        session.transaction = null;
        session.reply = ok();
        versions.notifyAll();
      }
      return session.reply != null ? session.reply : none(given);
    }
    if (command.equals("abortTransaction")) {
      if (session.transaction == null) return none(given);
      abort(session);
      return ok();
    }
    if (Boolean.TRUE.equals(query.get("startTransaction"))) {
      if (!first) return error(117, "ConflictingOperationInProgress", "Transaction " + given + " has been started", List.of());
      session.transaction = versions.begin();
      session.began = System.currentTimeMillis();
    } else if (session.transaction == null) return none(given);
    return within(session, channel, database, command, query);
  }

  private Document within(Session session, Channel channel, String database, String command, Document query) {
    versions.resume(session.transaction);
    Document reply;
    try {
      if (DDL.contains(command) && !command.startsWith("create")) throw new MongoServerError(263, "OperationNotSupportedInTransaction", "Cannot run " + command + " in a transaction");
      if (DDL.contains(command)) record(database, command, query);
      reply = super.handleCommand(channel, database, command, query);
    } catch (Versions.Conflict e) {
      reply = error(112, "WriteConflict", "Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.", TRANSIENT);
    } catch (MongoServerError e) {
      reply = error(e.getCode(), e.getCodeName(), e.getMessageWithoutErrorCode(), List.of());
    } catch (RuntimeException e) {
      abort(session);
      throw e;
    }
    if (reply.containsKey("writeErrors") || !isOk(reply)) abort(session);
    return reply;
  }

  /** A command outside of any transaction waits for those that write what it would. */
  private Document alone(Channel channel, String database, String command, Document query, Document mark, long[] written) {
    long most = ((Number) query.getOrDefault("maxTimeMS", 0)).longValue();
    long until = most > 0 ? System.currentTimeMillis() + most : Long.MAX_VALUE;
    for (;;) {
      Versions.Transaction transaction = versions.begin();
      try {
        if (DDL.contains(command) && versions.othersWrite()) throw new Versions.Conflict();
        Document reply = counted(command, query, super.handleCommand(channel, database, command, query));
        if (DDL.contains(command)) written[0] = record(database, command, query);
        written[0] = Math.max(written[0], commit(transaction, mark.append("reply", reply)));
        return reply;
      } catch (Versions.Conflict e) {
        versions.abort(transaction);
        if (System.currentTimeMillis() >= until) return error(50, "MaxTimeMSExpired", "operation exceeded time limit", List.of());
        pause(until - System.currentTimeMillis());
      } catch (RuntimeException e) {
        written[0] = commit(transaction, mark);
        throw e;
      }
    }
  }

  private void pause(long ms) {
    try {
      versions.wait(Math.max(1, ms));
    } catch (InterruptedException e) {
      throw new MongoServerException("interrupted");
    }
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw new MongoServerException("interrupted");
    }
  }

  /** The stand-in says of an insert that failed that all documents are in. */
  private static Document counted(String command, Document query, Document reply) {
    if (command.equals("insert") && reply.get("writeErrors") instanceof List<?> errors) {
      Object index = ((Document) errors.get(0)).get("index");
      reply.put("n", Boolean.FALSE.equals(query.get("ordered")) ? ((List<?>) query.get("documents")).size() - errors.size() : index);
    }
    return reply;
  }

  private void end(List<?> ended) {
    synchronized (versions) {
      for (Object lsid : ended) {
        Session session = sessions.remove(((Document) lsid).get("id"));
        if (session != null && session.transaction != null) abort(session);
      }
    }
  }

  /** Transactions that have been open for too long. */
  void endOld() {
    synchronized (versions) {
      long oldest = System.currentTimeMillis() - lifetimeMs;
      for (Session session : sessions.values()) if (session.transaction != null && session.began < oldest) abort(session);
    }
  }

  private void abort(Session session) {
    Versions.Transaction transaction = session.transaction;
    session.transaction = null;
    versions.abort(transaction);
    versions.notifyAll();
  }

  private long commit(Versions.Transaction transaction, Document mark) {
    List<Document> writes = new ArrayList<>();
    for (Versions.Slot slot : transaction.slots) {
      Document before = slot.before();
      if (journal == null || slot.head == before) continue;
      Document write = new Document("database", slot.home.getDatabaseName()).append("collection", slot.home.getCollectionName());
      writes.add(slot.head == null ? write.append("id", before.get("_id")) : write.append("id", slot.head.get("_id")).append("document", slot.head));
    }
    long position = writes.isEmpty() ? 0 : journal.append(writes, mark);
    versions.commit(transaction);
    return position;
  }

  private long record(String database, String command, Document query) {
    if (journal == null) return 0;
    Document lasting = new Document(command, query.get(command));
    query.forEach((key, value) -> {
      if (!Set.of("lsid", "txnNumber", "$clusterTime").contains(key)) lasting.put(key, value);
    });
    return journal.append(List.of(new Document("database", database).append("command", lasting)), new Document());
  }

  void keepIn(Path file) throws IOException {
    synchronized (versions) {
      journal = new Journal(file, this::replay);
    }
  }

  private void replay(List<Document> group) {
    Versions.Transaction transaction = versions.begin();
    Map<Versions.Slot, Document> writes = new HashMap<>();
    for (Document one : group) {
      String database = (String) one.get("database");
      if (one.get("command") instanceof Document command) {
        try {
          super.handleCommand(new EmbeddedChannel(), database, command.keySet().iterator().next(), command);
        } catch (MongoServerException e) {
          // It was done to a collection that nothing had been written to, which is not kept.
        }
      } else if (database != null) {
        Collection collection = ((Database) resolveDatabase(database)).collection((String) one.get("collection"));
        Versions.Slot slot = collection.byId(one.get("id"));
        if (slot == null) slot = collection.place();
        versions.claim(slot);
        writes.put(slot, (Document) one.get("document"));
      } else if (one.containsKey("lsid")) {
        Session session = sessions.computeIfAbsent(one.get("lsid"), id -> new Session());
        session.number = (Long) one.get("txnNumber");
        session.reply = (Document) one.get("reply");
      }
    }
    versions.assign(writes);
    versions.commit(transaction);
  }

  private Document hello() {
    Document hello = new Document("helloOk", true).append("ismaster", true).append("isWritablePrimary", true).append("secondary", false);
    // As a server that was started without `--replSet`.
    if (!Boolean.getBoolean("standalone"))
      hello.append("setName", "rs0").append("hosts", List.of(address)).append("primary", address).append("me", address).append("setVersion", 1);
    return hello.append("maxBsonObjectSize", 16 << 20).append("maxMessageSizeBytes", 48_000_000).append("maxWriteBatchSize", 100_000).append("localTime", Instant.now())
        .append("logicalSessionTimeoutMinutes", 30).append("minWireVersion", 0).append("maxWireVersion", 21).append("readOnly", false).append("ok", 1.0);
  }

  private Document configure(Document query) {
    failPoint = null;
    Object mode = query.get("mode");
    failuresLeft = mode.equals("off") ? 0 : Integer.MAX_VALUE;
    failureRate = 1;
    if (mode instanceof Document given) {
      if (given.get("times") instanceof Number times) failuresLeft = times.intValue();
      if (given.get("activationProbability") instanceof Number rate) failureRate = rate.doubleValue();
    }
    failPoint = (Document) query.get("data");
    return ok();
  }

  private synchronized Document failure(String command) {
    if (failPoint == null || failuresLeft == 0 || !((List<?>) failPoint.get("failCommands")).contains(command) || random.nextDouble() >= failureRate) return null;
    failuresLeft--;
    return failPoint;
  }

  private static Document failed(Channel channel, Document failure) {
    if (Boolean.TRUE.equals(failure.get("closeConnection"))) {
      channel.close();
      return ok();
    }
    if (!failure.containsKey("errorCode")) return null;
    return error(((Number) failure.get("errorCode")).intValue(), "FailPoint", "Failing command via 'failCommand' failpoint", (List<?>) failure.getOrDefault("errorLabels", List.of()));
  }

  private static Document none(long number) {
    return error(251, "NoSuchTransaction", "Given transaction number " + number + " does not match any in-progress transactions.", TRANSIENT);
  }

  private static boolean isOk(Document reply) {
    return ((Number) reply.get("ok")).intValue() == 1;
  }

  private static Document ok() {
    return new Document("ok", 1.0);
  }

  private static Document error(int code, String name, String message, List<?> labels) {
    Document reply = new Document("ok", 0.0).append("errmsg", message).append("code", code).append("codeName", name);
    return labels.isEmpty() ? reply : reply.append("errorLabels", labels);
  }
}
