// Who takes gzip, and what is sent to who does not.
#include "userspace/http/encoding.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace vialens {
namespace {

std::string gzipped(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(Encoding, GzipIsForWhoTakesIt) {
  for (const char* const header : {"gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "deflate , GZIP", "*",
                                   "identity;q=0, *", "x-gzip", "gzip; q=0.001", "*;q=0, gzip"})
    EXPECT_TRUE(takes_gzip(header)) << header;
  for (const char* const header :
       {"", "identity", "br", "gzip;q=0", "gzip ; q=0.000", "*;q=0", "gzip;q=0, *", "notgzip", ",", ";", "deflate"})
    EXPECT_FALSE(takes_gzip(header)) << header;
}

TEST(Encoding, InflatesWhatWasCompressed) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + '\n';
  EXPECT_EQ(inflated(gzipped(text)), text);
  EXPECT_EQ(inflated(gzipped("")), "");
}

TEST(Encoding, MindsNoRubbish) {
  const std::string packed = gzipped("one two three");
  EXPECT_EQ(inflated(""), "");
  EXPECT_EQ(inflated("one two three"), "");
  EXPECT_EQ(inflated(packed.substr(0, packed.size() - 4)), "");
  EXPECT_EQ(inflated(gzipped(std::string(17U << 20U, 'a'))), "");
}

}  // namespace
}  // namespace vialens
