#include "weights/hdf5/h5_library.h"

#include <hdf5.h>

#include <algorithm>

namespace graft::h5 {
namespace {

constexpr size_t kMaxTextBytes = size_t{1} << 20;

// By the format's bits and not by its size alone: HDF5 can describe arbitrary float formats.
std::string float_name(hid_t type) {
  struct Format {
    const char* name;
    size_t bytes, exponent, exponent_bits, fraction_bits, bias;
  };
  constexpr Format kFormats[] = {{"f16", 2, 10, 5, 10, 15},
                                 {"bf16", 2, 7, 8, 7, 127},
                                 {"f32", 4, 23, 8, 23, 127},
                                 {"f64", 8, 52, 11, 52, 1023}};
  size_t sign = 0, exponent = 0, exponent_bits = 0, fraction = 0, fraction_bits = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0) return "other";
  const H5T_order_t order = H5Tget_order(type);
  for (const Format& f : kFormats)
    if (H5Tget_size(type) == f.bytes && H5Tget_precision(type) == 8 * f.bytes && H5Tget_offset(type) == 0 &&
        (order == H5T_ORDER_LE || order == H5T_ORDER_BE) && H5Tget_norm(type) == H5T_NORM_IMPLIED &&
        sign == 8 * f.bytes - 1 && exponent == f.exponent && exponent_bits == f.exponent_bits && fraction == 0 &&
        fraction_bits == f.fraction_bits && H5Tget_ebias(type) == f.bias)
      return f.name;
  return "other";
}

std::string type_name(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return float_name(type);
    case H5T_INTEGER:
      return "integer";
    case H5T_STRING:
      return "text";
    case H5T_OPAQUE:
      return "opaque";
    default:
      return "other";
  }
}

// Strings of fixed or variable length, through read(memory type, buffer). Without elements any type will do.
template <class Read>
Texts texts_of(const Id& type, const Id& space, Read read) {
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  std::vector<std::string> texts;
  if (count == 0) return texts;
  if (count < 0 || H5Tget_class(type.get()) != H5T_STRING) return std::nullopt;
  if (H5Tis_variable_str(type.get()) > 0) {
    if (size_t(count) > kMaxTextBytes / sizeof(char*)) return std::nullopt;
    const Id memory(H5Tcopy(H5T_C_S1));
    H5Tset_size(memory.get(), H5T_VARIABLE);
    H5Tset_cset(memory.get(), H5Tget_cset(type.get()));
    std::vector<char*> pointers(static_cast<size_t>(count), nullptr);
    if (read(memory.get(), pointers.data()) < 0) return std::nullopt;
    for (const char* p : pointers) texts.emplace_back(p ? p : "");
    H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, pointers.data());
    return texts;
  }
  const size_t size = H5Tget_size(type.get());
  if (size == 0 || size > kMaxTextBytes || size_t(count) > kMaxTextBytes / size) return std::nullopt;
  std::vector<char> buffer(static_cast<size_t>(count) * size);
  if (read(type.get(), buffer.data()) < 0) return std::nullopt;
  for (auto at = buffer.begin(); at != buffer.end(); at += static_cast<ptrdiff_t>(size))
    texts.emplace_back(at, std::find(at, at + static_cast<ptrdiff_t>(size), '\0'));
  return texts;
}

Id fixed_text_type(size_t bytes) {
  Id type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), std::max<size_t>(bytes, 1));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

// New objects: creates parent groups, and datasets without timestamps.
Id with_parents() {
  Id list(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(list.get(), 1);
  return list;
}
Id create_dataset(const Id& file, const std::string& path, const Id& type, const Id& space) {
  const Id parents = with_parents(), creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  return Id(
      H5Dcreate2(file.get(), path.c_str(), type.get(), space.get(), parents.get(), creation.get(), H5P_DEFAULT));
}

}  // namespace

Id::~Id() {
  if (id_ >= 0 && H5Iget_type(id_) != H5I_BADID) H5Idec_ref(id_);
}

// ---- reading ---------------------------------------------------------------------------------------------------

// All settings belong to the thread or the process, so every file sets them again. At exit the library has nothing
// to do, and crashes if memory is short.
void start() {
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

Id open_file(const std::filesystem::path& path) {
  start();
  const Id access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access.get(), false, true);
  return Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
}

Id open_object(const Id& parent, const std::string& path) {
  return Id(H5Oopen(parent.get(), path.c_str(), H5P_DEFAULT));
}

Kind kind_of(const Id& object) {
  const H5I_type_t type = H5Iget_type(object.get());
  return type == H5I_GROUP ? Kind::group : type == H5I_DATASET ? Kind::dataset : Kind::other;
}

std::optional<uint64_t> count_links(const Id& group) {
  H5G_info_t info;
  if (H5Gget_info(group.get(), &info) < 0) return std::nullopt;
  return info.nlinks;
}

std::optional<Link> link_at(const Id& group, uint64_t index) {
  char name[1024] = {};
  H5L_info_t info;
  const ssize_t length =
      H5Lget_name_by_idx(group.get(), ".", H5_INDEX_NAME, H5_ITER_INC, index, name, sizeof name, H5P_DEFAULT);
  if (length <= 0 || size_t(length) >= sizeof name ||
      H5Lget_info_by_idx(group.get(), ".", H5_INDEX_NAME, H5_ITER_INC, index, &info, H5P_DEFAULT) < 0)
    return std::nullopt;
  return Link{std::string(name, static_cast<size_t>(length)), info.type == H5L_TYPE_HARD};
}

std::optional<Facts> facts_of(const Id& dataset) {
  const Id type(H5Dget_type(dataset.get())), space(H5Dget_space(dataset.get())),
      creation(H5Dget_create_plist(dataset.get()));
  if (!type.good() || !space.good() || !creation.good()) return std::nullopt;
  Facts facts{.type = type_name(type.get()), .element_bytes = H5Tget_size(type.get())};
  hsize_t dims[H5S_MAX_RANK] = {};
  const int rank = H5Sget_simple_extent_dims(space.get(), dims, nullptr);
  const int filters = H5Pget_nfilters(creation.get()), external = H5Pget_external_count(creation.get());
  if (rank < 0 || filters < 0 || external < 0 || facts.element_bytes == 0) return std::nullopt;
  facts.dims.assign(dims, dims + rank);
  facts.empty = H5Sget_simple_extent_type(space.get()) == H5S_NULL;
  const H5D_layout_t layout = H5Pget_layout(creation.get());
  facts.elsewhere = external > 0 || (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED);
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    size_t values = 0;
    facts.filters.push_back(
        H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, nullptr));
  }
  if (layout == H5D_CHUNKED) {
    hsize_t chunk[H5S_MAX_RANK] = {};
    const int chunk_rank = H5Pget_chunk(creation.get(), H5S_MAX_RANK, chunk);
    if (chunk_rank != rank) return std::nullopt;
    facts.chunk.assign(chunk, chunk + chunk_rank);
  }
  facts.stored_bytes = H5Dget_storage_size(dataset.get());
  return facts;
}

std::optional<bool> has_attribute(const Id& object, const std::string& name) {
  const htri_t there = H5Aexists(object.get(), name.c_str());
  if (there < 0) return std::nullopt;
  return there > 0;
}
Id open_attribute(const Id& object, const std::string& name) {
  return Id(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT));
}
uint64_t attribute_bytes(const Id& attribute) { return H5Aget_storage_size(attribute.get()); }

Texts read_attribute(const Id& attribute) {
  const Id type(H5Aget_type(attribute.get())), space(H5Aget_space(attribute.get()));
  if (!type.good() || !space.good()) return std::nullopt;
  return texts_of(type, space, [&](hid_t memory, void* to) { return H5Aread(attribute.get(), memory, to); });
}
Texts read_texts(const Id& dataset) {
  const Id type(H5Dget_type(dataset.get())), space(H5Dget_space(dataset.get()));
  if (!type.good() || !space.good()) return std::nullopt;
  return texts_of(type, space, [&](hid_t memory, void* to) {
    return H5Dread(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to);
  });
}

bool read_f32(const Id& dataset, std::span<float> values) {
  return H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
}
bool read_two_bytes(const Id& dataset, std::span<uint16_t> values) {
  const Id type(H5Dget_type(dataset.get()));
  return type.good() && H5Tget_size(type.get()) == 2 &&
         H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
}

// ---- writing ---------------------------------------------------------------------------------------------------

Id create_in_memory() {
  start();
  const Id access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), size_t{16} << 20, /*backing_store=*/false);
  return Id(H5Fcreate("graft.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
}

bool write_attribute(const Id& file, const std::string& object, const std::string& name,
                     std::span<const std::string> texts, bool scalar) {
  size_t bytes = 1;
  for (const std::string& text : texts) bytes = std::max(bytes, text.size());
  std::vector<char> padded(texts.size() * bytes);
  for (size_t i = 0; i < texts.size(); ++i) std::copy(texts[i].begin(), texts[i].end(), padded.data() + i * bytes);
  const hsize_t count = texts.size();
  const Id at = open_object(file, object), type = fixed_text_type(bytes),
           space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr)),
           attribute(H5Acreate2(at.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  return attribute.good() && (padded.empty() || H5Awrite(attribute.get(), type.get(), padded.data()) >= 0);
}

bool write_f32(const Id& file, const std::string& path, std::span<const int64_t> dims,
               std::span<const float> values) {
  const std::vector<hsize_t> extent(dims.begin(), dims.end());
  const Id space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr)),
      type(H5Tcopy(H5T_IEEE_F32LE)), dataset = create_dataset(file, path, type, space);
  return dataset.good() &&
         H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
}

bool write_text(const Id& file, const std::string& path, const std::string& text) {
  const Id space(H5Screate(H5S_SCALAR)), type = fixed_text_type(text.size()),
                                         dataset = create_dataset(file, path, type, space);
  return dataset.good() && H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) >= 0;
}

std::span<const std::byte> image(const Id& file) {
  void* handle = nullptr;
  if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0 || H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &handle) < 0)
    return {};
  const ssize_t bytes = H5Fget_file_image(file.get(), nullptr, 0);
  if (bytes <= 0) return {};
  return {*static_cast<const std::byte**>(handle),
          static_cast<size_t>(bytes)};  // the in-memory driver gives its buffer
}

}  // namespace graft::h5
