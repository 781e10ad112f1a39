// The page as it is in the binary: whole, compressed, and in need of nobody else.
#include "userspace/http/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "userspace/http/encoding.h"

namespace vialens {
namespace {

std::string content(const Asset& asset) { return asset.gzip ? inflated(asset.bytes) : std::string(asset.bytes); }

const Asset* find(std::string_view path) {
  const auto assets = page_assets();
  const auto found =
      std::find_if(assets.begin(), assets.end(), [path](const Asset& asset) { return asset.path == path; });
  return found == assets.end() ? nullptr : &*found;
}

TEST(Page, IsOneDocumentWithWhatItNeeds) {
  const Asset* page = find("/");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->type, "text/html; charset=utf-8");
  const std::string html = content(*page);
  EXPECT_NE(html.find("<!doctype html>"), std::string::npos);
  // Every file that it names is there: src="./page.js", href="plain.css".
  std::size_t named = 0;
  for (const std::string_view attribute : {"src=\"", "href=\""}) {
    for (std::size_t at = html.find(attribute); at != std::string::npos; at = html.find(attribute, at + 1)) {
      const std::size_t begin = at + attribute.size();
      std::string target = html.substr(begin, html.find('"', begin) - begin);
      if (target.starts_with("api/")) continue;
      if (target.starts_with("./")) target.erase(0, 2);
      EXPECT_NE(find("/" + target), nullptr) << target;
      ++named;
    }
  }
  EXPECT_GE(named, 2U);
}

TEST(Page, AsksNobodyElse) {
  for (const Asset& asset : page_assets()) {
    if (asset.path.ends_with(".md") || asset.path.ends_with(".svg")) continue;  // prose; the name of a namespace
    const std::string text = content(asset);
    EXPECT_EQ(text.find("<script>"), std::string::npos) << asset.path << ": the policy allows no inline script";
    for (const std::string_view outside : {"src=\"http", "href=\"http", "url(http", "url(data:", "@import"})
      EXPECT_EQ(text.find(outside), std::string::npos) << asset.path << ": " << outside;
  }
}

TEST(Page, HasTheDescriptionOfTheApiAndWhatItRefersTo) {
  const Asset* description = find("/api/v1/openapi.yaml");
  ASSERT_NE(description, nullptr);
  EXPECT_EQ(description->type, "application/yaml");
  const std::string yaml = content(*description);
  EXPECT_TRUE(yaml.starts_with("openapi: 3.1.0\n")) << yaml.substr(0, 80);
  EXPECT_NE(yaml.find("\n  - url: /\n"), std::string::npos);  // the server that it comes from
  const std::string_view refers = "$ref: \"";
  std::size_t named = 0;
  for (std::size_t at = yaml.find(refers); at != std::string::npos; at = yaml.find(refers, at + 1)) {
    const std::size_t begin = at + refers.size();
    const std::string target = yaml.substr(begin, yaml.find_first_of("#\"", begin) - begin);
    if (target.empty()) continue;  // in itself
    const Asset* schema = find("/api/v1/" + target);
    ASSERT_NE(schema, nullptr) << target;
    const std::string name = target.substr(target.rfind('/') + 1);
    EXPECT_NE(content(*schema).find("\"$id\": \"" + name + "\""), std::string::npos) << target;
    ++named;
  }
  EXPECT_GE(named, 5U);
}

TEST(Page, FilesAreToldApartAndSmall) {
  std::set<std::string_view> paths;
  std::set<std::string_view> tags;
  std::size_t sum = 0;
  for (const Asset& asset : page_assets()) {
    EXPECT_TRUE(paths.insert(asset.path).second) << asset.path;
    EXPECT_TRUE(tags.insert(asset.etag).second) << asset.path;
    EXPECT_TRUE(asset.etag.starts_with('"') && asset.etag.ends_with('"')) << asset.etag;
    EXPECT_FALSE(asset.type.empty());
    sum += asset.bytes.size();
  }
  EXPECT_LT(sum, 120U * 1024);
}

}  // namespace
}  // namespace vialens
