// The server as a client sees it: what it answers, whom it refuses, and that slow ones keep nobody waiting.
#include <arpa/inet.h>
#include <crypt.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "tests/unit/sink_fixture.h"
#include "userspace/core/error.h"
#include "userspace/http/client.h"
#include "userspace/http/page.h"
#include "userspace/http/server.h"

namespace vialens {
namespace {

using namespace test;
using nlohmann::json;

// A file of the page as gzip, and what it is.
const std::string kPackedText = [] {
  std::string text;
  for (int i = 0; i < 8; ++i) text += "What is packed is unpacked for who cannot. ";
  return text;
}();
constexpr std::string_view kPacked(
    "\037\213\010\000\000\000\000\000\002\003\013\317\110\054\121\310\054\126\050\110\114\316\116\115\001"
    "\261\112\363\240\354\264\374\042\205\362\214\174\205\344\304\274\274\374\022\075\205\360\121\245\304"
    "\053\005\000\301\051\220\131\130\001\000\000",
    61);

class HttpTest : public testing::Test {
 protected:
  Sources sources() {
    return {board,
            [](std::string_view id) {
              return id == a_call().call_id ? std::optional(Json{{"type", "ladder"}}) : std::nullopt;
            },
            [](std::string_view id, bool mask) {
              return id == a_call().call_id ? std::optional<std::string>(mask ? "masked" : "plain") : std::nullopt;
            },
            [](bool open) { return std::string(open ? "# EOF\n" : "vialens_build_info 1\n"); },
            [this] { return not_ready; },
            noon(),
            "1.2.3",
            [](std::string_view id, std::size_t width, bool colour) {
              return id == a_call().call_id ? std::optional(fmt::format("ladder {} {}", width, colour)) : std::nullopt;
            },
            kept};
  }
  // Listens on a port that is free, and returns it.
  int start(HttpServer::Options options = {}) {
    server.emplace(std::move(options), sources());
    return server->listen({"127.0.0.1", 0}).port;
  }
  httplib::Client client() { return httplib::Client("127.0.0.1", port); }
  json get(const std::string& path, int status = 200) {
    auto asking = client();
    const auto answer = asking.Get(path);
    if (!answer) {
      ADD_FAILURE() << path << ": " << to_string(answer.error());
      return {};
    }
    EXPECT_EQ(answer->status, status) << path << ": " << answer->body;
    return json::parse(answer->body, nullptr, false);
  }

  Board board;
  Sources::Kept kept;
  std::string not_ready;
  std::optional<HttpServer> server;
  int port = start();
};

TEST_F(HttpTest, TellsTheStatus) {
  board.on_call_changed(a_call());
  const std::vector<TapReport> reports = two_reports();
  board.on_status(a_summary(reports));
  const json status = get("/api/v1/status");
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["health"]["level"], "amber");  // 2 packets were missed
  EXPECT_EQ(status["summary"]["sip_messages"], 7);
  EXPECT_EQ(status["summary"]["taps"].size(), 2U);
  EXPECT_EQ(status["tables"][0]["table"], "calls");
  EXPECT_EQ(get("/api/v1/taps")["items"][1]["interface"], "pppoe-wan");
}

TEST_F(HttpTest, IsReadyWhenAllInterfacesAreWatched) {
  auto asking = client();
  EXPECT_EQ(asking.Get("/healthz")->body, "ok\n");
  EXPECT_EQ(asking.Get("/readyz")->status, 200);
  not_ready = "br-lan is gone";
  EXPECT_EQ(asking.Get("/readyz")->status, 503);
  EXPECT_EQ(asking.Get("/readyz")->body, "br-lan is gone\n");
  EXPECT_EQ(asking.Get("/healthz")->status, 200);
}

TEST_F(HttpTest, PagesThroughCalls) {
  for (int i = 0; i < 5; ++i) {
    Call call = a_call();
    call.call_id = "call/" + std::to_string(i);
    board.on_call_changed(call);
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const json page = get("/api/v1/calls?limit=2" + cursor);
    for (const json& call : page["items"]) seen.push_back(call["call_id"]);
    cursor = page["next"].is_null() ? "" : "&cursor=" + page["next"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"call/4", "call/3", "call/2", "call/1", "call/0"}));
  EXPECT_EQ(get("/api/v1/calls/call%2F3")["call"]["call_id"], "call/3");
}

TEST_F(HttpTest, TellsOneCallWhole) {
  Call call = a_call();
  call.media_told = noon();
  board.on_call_changed(call);
  board.on_finding(a_finding());
  Finding other = a_finding();
  other.subject.call_id = "another";
  board.on_finding(other);
  const json detail = get("/api/v1/calls/" + call.call_id);
  EXPECT_EQ(detail["call"]["from"], "sip:alice@example.com");
  EXPECT_TRUE(detail["registration"].is_null());
  EXPECT_EQ(detail["ladder"]["type"], "ladder");
  EXPECT_EQ(detail["findings"].size(), 1U);
  ASSERT_EQ(detail["media"].size(), 1U);
  EXPECT_EQ(detail["media"][0]["samples"][0]["packets"], 950);
  EXPECT_EQ(detail["media"][0]["ssrc"], "0000beef");
  get("/api/v1/calls/nobody", 404);
  board.on_registration_changed(a_registration());
  EXPECT_EQ(get("/api/v1/calls/reg-1")["registration"]["aor"], "sip:alice@example.com");
}

TEST_F(HttpTest, TellsWhatTheHistoryKeeps) {
  const std::string question = "/api/v1/history/calls?state=over&limit=2&cursor=9";
  EXPECT_NE(get(question, 404)["error"].get<std::string>().find("--history FILE"), std::string::npos);
  Filter asked;
  kept.calls = [&asked](const Filter& filter) {
    asked = filter;
    // As they are kept: not what a printer of JSON would make of it.
    return Page<std::string>{{R"({"b": 1.50})", R"({"a":"\u00e9"})"}, 7};
  };
  kept.findings = [](const Filter&) { return Page<std::string>{}; };
  kept.registrations = [](const Filter&) -> Page<std::string> { throw InputError("it is corrupt; \"begin anew\""); };
  port = start();
  auto asking = client();
  const auto answer = asking.Get(question);
  EXPECT_EQ(answer->body, "{\"items\":[{\"b\": 1.50},{\"a\":\"\\u00e9\"}],\"next\":\"7\"}\n");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(asked.states, std::vector<std::string>{"over"});
  EXPECT_EQ(asked.limit, 2U);
  EXPECT_EQ(asked.before, 9U);
  EXPECT_EQ(asking.Get("/api/v1/history/findings")->body, "{\"items\":[],\"next\":null}\n");
  EXPECT_EQ(get("/api/v1/history/registrations", 503)["error"], "it is corrupt; \"begin anew\"");
  get("/api/v1/history/registrations?severity=critical", 400);
  get("/api/v1/history/flows", 404);
}

TEST_F(HttpTest, HandsOutEvidence) {
  auto asking = client();
  const std::string path = "/api/v1/calls/" + a_call().call_id + "/evidence.pcapng";
  const auto plain = asking.Get(path);
  EXPECT_EQ(plain->body, "plain");
  EXPECT_EQ(plain->get_header_value("Content-Disposition"),
            "attachment; filename=\"vialens-a84b4c76e66710-192-168-1-33.pcapng\"");
  EXPECT_EQ(asking.Get(path + "?mask=1")->body, "masked");
  EXPECT_EQ(asking.Get(path + "?mask=yes")->status, 400);
  EXPECT_EQ(asking.Get("/api/v1/calls/nobody/evidence.pcapng")->status, 404);
}

TEST_F(HttpTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* path : {"/api/v1/calls?sise=lan", "/api/v1/calls?side=left", "/api/v1/calls?limit=0",
                           "/api/v1/calls?limit=501", "/api/v1/calls?limit=1&limit=2", "/api/v1/calls?since=yesterday",
                           "/api/v1/calls?cursor=x", "/api/v1/calls?finding=alg-contct", "/api/v1/calls?state=up",
                           "/api/v1/findings?confidence=2", "/api/v1/findings?confidence=nan", "/api/v1/status?x=1",
                           "/api/v1/calls/a?side=lan", "/api/v1/findings?severity=bad"})
    EXPECT_FALSE(get(path, 400)["error"].get<std::string>().empty()) << path;
  get("/api/v1/nothing", 404);
  get("/api/v1/", 404);
  auto asking = client();
  EXPECT_EQ(asking.Post("/api/v1/calls", "", "text/plain")->status, 405);
  EXPECT_EQ(asking.Delete("/api/v1/calls")->status, 405);
}

TEST_F(HttpTest, SaysWhatHasNotChanged) {
  auto asking = client();
  const auto first = asking.Get("/api/v1/calls");
  const std::string etag = first->get_header_value("ETag");
  ASSERT_FALSE(etag.empty());
  EXPECT_EQ(asking.Get("/api/v1/calls", {{"If-None-Match", etag}})->status, 304);
  board.on_call_changed(a_call());
  EXPECT_EQ(asking.Get("/api/v1/calls", {{"If-None-Match", etag}})->status, 200);
}

TEST_F(HttpTest, ServesThePage) {
  auto asking = client();
  const auto page = asking.Get("/");
  EXPECT_EQ(page->status, 200);
  EXPECT_NE(page->get_header_value("Content-Type").find("text/html"), std::string::npos);
  EXPECT_NE(page->get_header_value("Content-Security-Policy").find("default-src 'self'"), std::string::npos);
  EXPECT_EQ(asking.Get("/../etc/passwd")->status, 404);
}

TEST_F(HttpTest, ServesThePageAsGzipToWhoTakesIt) {
  auto asking = client();
  asking.set_decompress(false);
  std::string tag;
  for (const char* const accepted : {"", "identity", "gzip;q=0", "br"}) {
    const auto plain = asking.Get("/packed.txt", {{"Accept-Encoding", accepted}});
    EXPECT_EQ(plain->body, kPackedText) << accepted;
    EXPECT_FALSE(plain->has_header("Content-Encoding")) << accepted;
    EXPECT_EQ(plain->get_header_value("Vary"), "Accept-Encoding");
    tag = plain->get_header_value("ETag");
  }
  const auto packed = asking.Get("/packed.txt", {{"Accept-Encoding", "gzip, deflate, br"}});
  EXPECT_EQ(packed->body, kPacked);  // once
  EXPECT_EQ(packed->get_header_value_count("Content-Encoding"), 1U);
  EXPECT_EQ(packed->get_header_value("Content-Encoding"), "gzip");
  EXPECT_EQ(packed->get_header_value("Vary"), "Accept-Encoding");
  EXPECT_NE(packed->get_header_value("ETag"), tag);
  EXPECT_EQ(asking.Get("/packed.txt", {{"Accept-Encoding", ""}, {"If-None-Match", tag}})->status, 304);
  EXPECT_EQ(asking.Get("/packed.txt", {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}})->status, 200);
  const auto head = asking.Head("/packed.txt", {{"Accept-Encoding", ""}});
  EXPECT_EQ(head->get_header_value("Content-Length"), std::to_string(kPackedText.size()));
  EXPECT_EQ(asking.Get("/", {{"Accept-Encoding", "gzip"}})->body, "<!doctype html>");  // too short to be compressed
}

TEST_F(HttpTest, ServesMetricsInTheFormatThatIsAskedFor) {
  auto asking = client();
  EXPECT_EQ(asking.Get("/metrics")->body, "vialens_build_info 1\n");
  const auto open = asking.Get("/metrics", {{"Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}});
  EXPECT_EQ(open->body, "# EOF\n");
  EXPECT_NE(open->get_header_value("Content-Type").find("application/openmetrics-text"), std::string::npos);
}

// What a listener got until `text` came, or until the time was up.
std::string listen_until(int port, const std::string& text, const httplib::Headers& headers = {},
                         const std::string& query = "") {
  httplib::Client asking("127.0.0.1", port);
  asking.set_read_timeout(5);
  std::string got;
  asking.Get("/api/v1/events" + query, headers, [&](const char* data, std::size_t length) {
    got.append(data, length);
    return got.find(text) == std::string::npos;
  });
  return got;
}

TEST_F(HttpTest, TellsEventsAsTheyHappen) {
  board.on_call_changed(a_call());  // before anybody listens
  std::thread teller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    board.on_finding(a_finding());
  });
  const std::string got = listen_until(port, "event: finding");
  teller.join();
  EXPECT_NE(got.find("id: 2\nevent: finding\ndata: {\"type\":\"finding\""), std::string::npos) << got;
  EXPECT_EQ(got.find("event: call"), std::string::npos) << got;
}

TEST_F(HttpTest, TellsWhatAListenerMissed) {
  board.on_call_changed(a_call());
  board.on_registration_changed(a_registration());
  board.on_finding(a_finding());
  const std::string got = listen_until(port, "event: finding", {{"Last-Event-ID", "1"}});
  EXPECT_NE(got.find("id: 2\nevent: registration"), std::string::npos) << got;
  EXPECT_EQ(got.find("event: call"), std::string::npos) << got;
  const std::string some = listen_until(port, "event: finding", {{"Last-Event-ID", "0"}}, "?types=finding");
  EXPECT_EQ(some.find("event: registration"), std::string::npos) << some;
}

TEST(EventsTest, SayWhereThereIsAGap) {
  Board::Limits limits;
  limits.news = 2;
  Board board(limits);
  for (int i = 0; i < 5; ++i) board.on_finding(a_finding());
  Sources sources{board, {}, {}, {}, {}, {}, ""};
  HttpServer server({}, sources);
  const int port = server.listen({"127.0.0.1", 0}).port;
  const std::string got = listen_until(port, "id: 5\n", {{"Last-Event-ID", "1"}});
  EXPECT_NE(got.find("event: gap\ndata: {\"type\":\"gap\",\"missed\":2}"), std::string::npos) << got;
}

TEST_F(HttpTest, RefusesTooManyListenersAndForgetsThoseThatLeft) {
  std::atomic<int> heard = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> told = 0;
  std::vector<std::thread> listeners;
  for (int i = 0; i < 20; ++i)
    listeners.emplace_back([&] {
      httplib::Client asking("127.0.0.1", port);
      asking.set_read_timeout(30);
      std::string got;
      const auto answer = asking.Get("/api/v1/events", [&](const char* data, std::size_t length) {
        if (got.empty()) ++heard;
        got.append(data, length);
        return got.find("event: finding") == std::string::npos;
      });
      if (answer && answer->status == 503) ++refused;
      if (got.find("event: finding") != std::string::npos) ++told;
    });
  while (heard < 20) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  get("/api/v1/status");  // others are served all the same
  board.on_finding(a_finding());
  for (std::thread& listener : listeners) listener.join();
  EXPECT_EQ(refused, 4);
  EXPECT_EQ(told, 16);
  // That they left shows when there is something to tell them.
  board.on_finding(a_finding());
  std::string got;
  for (int i = 0; i < 50 && got.find("event: finding") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    got = listen_until(port, "event:", {{"Last-Event-ID", "1"}});
  }
  EXPECT_NE(got.find("event: finding"), std::string::npos) << got;
}

// --- who may ask

TEST_F(HttpTest, IsNotAskedUnderSomebodyElsesName) {
  auto asking = client();
  EXPECT_EQ(asking.Get("/api/v1/status", {{"Host", "evil.example:9760"}})->status, 421);
  EXPECT_EQ(asking.Get("/api/v1/status", {{"Host", "localhost:9760"}})->status, 200);
  EXPECT_EQ(asking.Get("/api/v1/status", {{"Host", "[::1]:9760"}})->status, 200);
}

TEST_F(HttpTest, AsksForATokenOrAPassword) {
  const char* const hash = crypt("secret", "$6$saltsalt");
  ASSERT_NE(hash, nullptr);
  HttpServer::Options options;
  options.credentials.users = {{"desk", hash}};
  // printf token | sha256sum
  options.credentials.token_sha256 = {"3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0"};
  port = start(options);
  auto asking = client();
  const auto status = [&](const std::string& authorization) {
    return asking.Get("/api/v1/status", {{"Authorization", authorization}})->status;
  };
  const auto refused = asking.Get("/api/v1/status");
  EXPECT_EQ(refused->status, 401);
  EXPECT_NE(refused->get_header_value("WWW-Authenticate").find("Bearer"), std::string::npos);
  EXPECT_EQ(status("Bearer token"), 200);
  EXPECT_EQ(status("bearer token"), 200);
  EXPECT_EQ(status("Bearer Token"), 401);
  EXPECT_EQ(status("Bearer "), 401);
  EXPECT_EQ(status("Basic ZGVzazpzZWNyZXQ="), 200);  // desk:secret
  EXPECT_EQ(status("Basic ZGVzazpzZWNyZXQ="), 200);
  EXPECT_EQ(status("Basic ZGVzazp3cm9uZw=="), 401);      // desk:wrong
  EXPECT_EQ(status("Basic bm9ib2R5OnNlY3JldA=="), 401);  // nobody:secret
  EXPECT_EQ(status("Basic !!!!"), 401);
  EXPECT_EQ(status("Basic"), 401);
  server->set_credentials({{}, {{"other", hash}}});  // which a reload brings
  EXPECT_EQ(status("Bearer token"), 401);
  EXPECT_EQ(status("Basic ZGVzazpzZWNyZXQ="), 401);
  EXPECT_EQ(asking.Get("/metrics")->status, 401);
  EXPECT_EQ(asking.Get("/api/v1/events")->status, 401);
  EXPECT_EQ(asking.Get("/healthz")->status, 200);
  EXPECT_EQ(asking.Get("/")->status, 200);
  EXPECT_EQ(asking.Get("/api/v1/openapi.yaml")->status, 200);
  EXPECT_EQ(asking.Get("/api/v1/openapi.yml")->status, 401);
}

TEST_F(HttpTest, DoesNotShowPhoneNumbersToAll) {
  HttpServer open({}, sources());
  EXPECT_THROW(open.listen({"0.0.0.0", 0}), UsageError);
  EXPECT_THROW(open.listen({"::", 0}), UsageError);
  HttpServer::Options options;
  options.allow_public = true;
  HttpServer told(options, sources());
  EXPECT_NE(told.listen({"0.0.0.0", 0}).port, 0);
  options = {};
  options.credentials.token_sha256 = {"00"};
  HttpServer asks(options, sources());
  EXPECT_NE(asks.listen({"0.0.0.0", 0}).port, 0);
}

TEST(ListenAddress, Parses) {
  EXPECT_EQ(to_string(ListenAddress::parse("127.0.0.1:9760")), "127.0.0.1:9760");
  EXPECT_EQ(to_string(ListenAddress::parse("[::1]:80")), "[::1]:80");
  EXPECT_TRUE(ListenAddress::parse("localhost:1").is_loopback());
  EXPECT_TRUE(ListenAddress::parse("127.9.9.9:1").is_loopback());
  EXPECT_FALSE(ListenAddress::parse("192.168.1.1:1").is_loopback());
  for (const char* text :
       {"", "9760", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", "host.example:1", ":1"})
    EXPECT_THROW(ListenAddress::parse(text), UsageError) << text;
}

TEST_F(HttpTest, SaysWhyItCannotListen) {
  HttpServer second({}, sources());
  try {
    second.listen({"127.0.0.1", port});
    FAIL() << "listened twice";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("--listen"), std::string::npos) << error.what();
  }
  HttpServer::Options options;
  options.tls_certificate = options.tls_key = "/nonexistent.pem";
  HttpServer tls(options, sources());
  EXPECT_THROW(tls.listen({"127.0.0.1", 0}), InputError);
}

TEST_F(HttpTest, ListensOnASocketForItsOwnerAlone) {
  const std::string path = testing::TempDir() + "vialens-http-" + std::to_string(getpid()) + ".sock";
  HttpServer::Options options;
  options.socket = path;
  options.credentials.token_sha256 = {"00"};  // not asked for here
  {
    HttpServer local(options, sources());
    local.listen_on_socket();
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    httplib::Client asking(path);
    asking.set_address_family(AF_UNIX);
    const auto answer = asking.Get("/api/v1/status");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    HttpServer second(options, sources());
    EXPECT_THROW(second.listen_on_socket(), InputError);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  // Left behind by one that was killed.
  {
    HttpServer local(options, sources());
    local.listen_on_socket();
    std::filesystem::rename(path, path + "x");
  }
  std::filesystem::rename(path + "x", path);
  HttpServer next(options, sources());
  next.listen_on_socket();
}

TEST_F(HttpTest, HasLaddersAsText) {
  const std::string path = "/api/v1/calls/" + a_call().call_id + "/ladder.txt";
  auto asking = client();
  EXPECT_EQ(asking.Get(path)->body, "ladder 100 false");
  EXPECT_EQ(asking.Get(path + "?width=80&colour=1")->body, "ladder 80 true");
  for (const char* const wrong : {"?width=-1", "?width=1001", "?width=8x", "?colour=2", "?depth=3", "?width="})
    EXPECT_EQ(asking.Get(path + wrong)->status, 400) << wrong;
  EXPECT_EQ(asking.Get("/api/v1/calls/nobody/ladder.txt")->status, 404);
}

// --- the client of the command line

TEST_F(HttpTest, AnswersItsOwnClient) {
  for (int i = 0; i < 7; ++i) {
    Call call = a_call();
    call.call_id = "a/b ?&%" + std::to_string(i);
    board.on_call_changed(call);
  }
  HttpClient asking({.url = "http://127.0.0.1:" + std::to_string(port)});
  EXPECT_EQ(asking.list("/api/v1/calls", {}, 100).items.size(), 7U);
  EXPECT_FALSE(asking.list("/api/v1/calls", {}, 100).more);
  EXPECT_EQ(asking.list("/api/v1/calls", {{"subscriber", "alice"}}, 3).items.size(), 3U);
  EXPECT_TRUE(asking.list("/api/v1/calls", {}, 3).more);
  EXPECT_THROW(asking.get("/api/v1/calls/nobody"), NotFound);
  const std::string id = "a/b ?&%3";
  EXPECT_EQ(asking.get("/api/v1/calls/" + percent_encoded(id))["call"]["call_id"], id);
  try {
    asking.list("/api/v1/calls", {{"side", "left"}}, 3);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "side is lan, wan or server, not \"left\"");
  }
}

TEST_F(HttpTest, TheSentencesOfOthersCommandNoTerminal) {
  kept.calls = [](const Filter&) -> Page<std::string> { throw InputError("\x1b]0;title\x07no\x1b[2J"); };
  port = start();
  HttpClient asking({.url = "http://127.0.0.1:" + std::to_string(port)});
  try {
    asking.list("/api/v1/history/calls", {}, 10);
    FAIL() << "nothing was thrown";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(": \ufffd]0;title\ufffdno\ufffd[2J"), std::string::npos) << error.what();
  }
}

TEST(HttpClient, SaysWhomItAskedAndWhatToDo) {
  const auto says = [](const HttpClient::Where& where) -> std::string {
    try {
      HttpClient(where).get("/api/v1/status");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(says({.socket = "/nonexistent/vialens.sock"}).find("vialens run"), std::string::npos);
  EXPECT_NE(says({.url = "http://127.0.0.1:1"}).find("--listen"), std::string::npos);
  EXPECT_NE(says({.url = "ftp://127.0.0.1"}).find("http://HOST:PORT"), std::string::npos);
}

// --- who is slow

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

TEST_F(HttpTest, ThoseWhoSayNothingKeepNobodyWaiting) {
  std::vector<int> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(connect_to(port));
    const std::string_view some = i % 2 == 0 ? "GET /api/v1/ca" : "";
    EXPECT_EQ(send(slow.back(), some.data(), some.size(), 0), static_cast<ssize_t>(some.size()));
  }
  auto asking = client();
  asking.set_read_timeout(4);  // less than the server's patience with the others
  const auto answer = asking.Get("/api/v1/status");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  for (const int fd : slow) close(fd);
}

// Until the other end closes; the milliseconds that this took, and what it said.
std::pair<std::int64_t, std::string> trickle(int port, std::string_view begun, std::string_view again) {
  const auto start = std::chrono::steady_clock::now();
  const int fd = connect_to(port);
  send(fd, begun.data(), begun.size(), MSG_NOSIGNAL);
  std::string said;
  for (int i = 0; i < 100; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    send(fd, again.data(), again.size(), MSG_NOSIGNAL);
    std::array<char, 4096> answer{};
    const ssize_t got = recv(fd, answer.data(), answer.size(), MSG_DONTWAIT);
    if (got > 0) said.append(answer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EAGAIN)) break;
  }
  close(fd);
  const auto took = std::chrono::steady_clock::now() - start;
  return {std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), said};
}

TEST_F(HttpTest, ARequestHasAnEnd) {
  HttpServer::Options options;
  options.limits.request = std::chrono::milliseconds(600);
  options.limits.silence = std::chrono::milliseconds(300);
  port = start(options);
  const std::string_view get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string_view begun : {"GET /hea", "GET /healthz HTTP/1.1\r\nX", ""}) {
    const auto [took, said] = trickle(port, begun, "a");
    EXPECT_GE(took, 500) << begun;
    EXPECT_LT(took, 3000) << begun;
  }
  // Many lines are no way around it, nor are many bytes.
  EXPECT_LT(trickle(port, get, "X: 1\r\n").first, 3000);
  EXPECT_LT(trickle(port, std::string(40'000, 'a'), "").first, 500);
  // Who waits between two requests is told so by the silence alone; one that is whole in time is answered.
  const auto [took, said] = trickle(port, std::string(get) + "\r\n", "");
  EXPECT_NE(said.find("ok\n"), std::string::npos) << said;
  EXPECT_LT(took, 2000);
}

TEST_F(HttpTest, EventsHaveNoEnd) {
  HttpServer::Options options;
  options.limits.request = options.limits.answer = options.limits.silence = std::chrono::milliseconds(200);
  port = start(options);
  std::thread teller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    board.on_finding(a_finding());
  });
  EXPECT_NE(listen_until(port, "event: finding").find("event: finding"), std::string::npos);
  teller.join();
}

TEST_F(HttpTest, MindsNoRubbish) {
  for (const std::string& rubbish :
       {std::string("\r\n\r\n"), std::string("GET\r\n\r\n"), std::string("\x16\x03\x01\x02", 4),
        std::string(100'000, 'A'), "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'b') + "\r\n\r\n",
        std::string("POST /api/v1/calls HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nx"),
        std::string("GET /api/v1/calls?since=%ff%00 HTTP/1.1\r\n\r\n")}) {
    const int fd = connect_to(port);
    EXPECT_GT(send(fd, rubbish.data(), rubbish.size(), MSG_NOSIGNAL), 0);
    shutdown(fd, SHUT_WR);
    std::array<char, 4096> answer{};
    timeval patience{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    while (recv(fd, answer.data(), answer.size(), 0) > 0) {
    }
    close(fd);
  }
  get("/api/v1/status");
}

}  // namespace

// Stands in for the web page, which is made elsewhere.
std::span<const Asset> page_assets() {
  static const std::array<Asset, 3> kAssets{
      {{"/", "text/html; charset=utf-8", "\"1\"", "<!doctype html>", false},
       {"/packed.txt", "text/plain; charset=utf-8", "\"2\"", kPacked, true},
       {"/api/v1/openapi.yaml", "application/yaml", "\"3\"", "openapi: 3.1.0", false}}};
  return kAssets;
}

}  // namespace vialens
